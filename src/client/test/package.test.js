/** What the package promises about itself: its size, and types that describe the module as it is. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as module from "../sse-bridge.js";

const LARGEST = 44_000;
const LARGEST_COMPRESSED = 12_500;
const read = (name) => readFileSync(new URL(`../${name}`, import.meta.url));
const types = read("sse-bridge.d.ts").toString();

test("the module stays small, and needs no other", () => {
  const source = read("sse-bridge.js");

  assert.ok(source.length < LARGEST, `${source.length} bytes`);
  assert.ok(gzipSync(source).length < LARGEST_COMPRESSED, `${gzipSync(source).length} bytes compressed`);
  assert.doesNotMatch(source.toString(), /^\s*import\b|\bimport\(/m);
});

test("the types name each class and member of the module, and no other", () => {
  const classes = [...types.matchAll(/^export class (\w+)[^{]*\{\n(.*?)^\}/gms)].map(([, name, body]) => [name, body]);
  assert.deepEqual(classes.map(([name]) => name).sort(), Object.keys(module).sort());

  const [, body] = classes.find(([name]) => name === "SseBridge");
  const described = [...body.matchAll(/^ {2}(?:readonly )?(\w+)[(:<]/gm)].map(([, name]) => name);
  assert.deepEqual([...new Set(described)].sort(), Object.getOwnPropertyNames(module.SseBridge.prototype).sort());
});

test("the package has the files that it names", () => {
  const { files, exports } = JSON.parse(read("package.json"));

  for (const file of [...files, ...Object.values(exports["."])]) {
    assert.ok(existsSync(new URL(`../${file}`, import.meta.url)), file);
  }
});

const tsc = fileURLToPath(new URL("../node_modules/.bin/tsc", import.meta.url));

test("a program in TypeScript is checked against the types", { skip: existsSync(tsc) ? false : "TypeScript is not installed" }, () => {
  const { status, stdout } = spawnSync(tsc, ["--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", "--types", "",
    fileURLToPath(new URL("../testing/types.ts", import.meta.url))], { encoding: "utf8" });

  assert.equal(stdout, "");
  assert.equal(status, 0);
});
