/** The hooks of src/docs/clients.md with the real libraries: npm install fetches them. Without them it is skipped. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Bridge } from "../testing/bridge.js";
import { until } from "../testing/probe.js";

const isInstalled = await import("react").then(() => import("vue")).then(() => true, () => false);
const options = { skip: isInstalled ? false : "React and Vue are not installed" };
let node;

before(async () => {
  node = isInstalled ? await Bridge.start() : undefined;
});
after(() => node?.close());

const dataOf = (events) => events.map(({ data }) => data).join();

test("the hook for React shows the events of its channel, and leaves nothing open", options, async () => {
  globalThis.IS_REACT_ACT_ENVIRONMENT = false;
  const { createElement } = await import("react");
  const { default: renderer } = await import("react-test-renderer");
  const { useChannel } = await import("../hooks/react.js");
  let shown;
  const Page = ({ channel }) => {
    shown = useChannel(channel, { url: node.url });
    return dataOf(shown.events);
  };
  await node.publishAll("public.react1", 1, 2);
  await node.publishAll("public.react2", 5);

  const page = renderer.create(createElement(Page, { channel: "public.react1" }));
  await until(() => page.toJSON() === "1,2", () => page.toJSON());
  assert.equal(shown.state.state, "live");
  await node.publish("public.react1", 3);
  await until(() => page.toJSON() === "1,2,3", () => page.toJSON());
  page.update(createElement(Page, { channel: "public.react2" }));
  await until(() => page.toJSON() === "5", () => page.toJSON());
  assert.equal(await node.subscribers("public.react1"), 0);
  page.unmount();
  await until(async () => (await node.subscribers("public.react2")) === 0, "no subscriber");
});

test("the hook for Vue shows the events of its channel, and leaves nothing open", options, async () => {
  const { effectScope, nextTick, ref } = await import("vue");
  const { useChannel } = await import("../hooks/vue.js");
  await node.publishAll("public.vue1", 1, 2);
  await node.publishAll("public.vue2", 5);
  const channel = ref("public.vue1");
  const scope = effectScope();
  const { events, state } = scope.run(() => useChannel(channel, { url: node.url }));

  await until(() => dataOf(events.value) === "1,2", () => dataOf(events.value));
  await node.publish("public.vue1", 3);
  await until(() => dataOf(events.value) === "1,2,3", () => dataOf(events.value));
  assert.equal(state.value.state, "live");
  channel.value = "public.vue2";
  await nextTick();
  await until(() => dataOf(events.value) === "5", () => dataOf(events.value));
  scope.stop();
  await until(async () => (await node.subscribers("public.vue2")) === 0, "no subscriber");
});
