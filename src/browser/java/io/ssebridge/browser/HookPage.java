package io.ssebridge.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions.HasTextOptions;
import io.ssebridge.testing.TestNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Properties;

/** A tab in which a component of React or Vue shows the events of a channel, by the hooks of {@code src/client}. */
final class HookPage {
    private static final double PATIENCE_MILLIS = 20_000;
    private static final Path HOOKS = Path.of("src/client/hooks");
    private static final String NAME = "hooks.html";
    private static final String HTML = """
            <!doctype html>
            <meta charset="utf-8">
            <title>Hooks</title>
            <link rel="icon" href="data:,">
            <div id="root"></div>
            <script type="importmap">
              {"imports": {"react": "./react.js", "vue": "./vue.js", "sse-bridge": "./sse-bridge.js"}}
            </script>
            <script type="module" src="hooks-test.js"></script>
            """;
    private static final String SCRIPT = """
            import { createElement } from "react";
            import { createApp, h, ref } from "vue";
            import { createRoot } from "./react-dom-client.js";
            import { useChannel as useChannelOfReact } from "./hooks/react.js";
            import { useChannel as useChannelOfVue } from "./hooks/vue.js";

            const root = document.querySelector("#root");
            const text = (state, events) => `${state.state}: ${events.map(({ data }) => data).join()}`;

            const react = () => {
              const Channel = ({ channel }) => {
                const { events, state } = useChannelOfReact(channel);
                return createElement("p", null, text(state, events));
              };
              const page = createRoot(root);
              return {
                show: (channel) => page.render(createElement(Channel, { channel })),
                hide: () => page.unmount(),
              };
            };

            const vue = () => {
              const shown = ref();
              let app;
              const setup = () => {
                const { events, state } = useChannelOfVue(shown);
                return () => h("p", text(state.value, events.value));
              };
              return {
                show: (channel) => {
                  shown.value = channel;
                  if (!app) {
                    app = createApp({ setup });
                    app.mount(root);
                  }
                },
                hide: () => app.unmount(),
              };
            };

            globalThis.frameworks = { react, vue };
            """;

    private final Page page;
    private final List<String> complaints = new ArrayList<>();

    private HookPage(Page page) {
        this.page = page;
        page.onConsoleMessage(message -> complaints.add(message.text()));
        page.onPageError(complaints::add);
    }

    /** Writes the page, the hooks and the libraries into the directory that a node serves. */
    static void write(Path webroot) {
        try {
            Files.writeString(webroot.resolve(NAME), HTML);
            Files.writeString(webroot.resolve("hooks-test.js"), SCRIPT);
            Path hooks = Files.createDirectory(webroot.resolve("hooks"));
            for (String hook : List.of("react.js", "vue.js")) {
                Files.copy(HOOKS.resolve(hook), hooks.resolve(hook));
            }
            Files.writeString(webroot.resolve("vue.js"), library("vue", "dist/vue.runtime.esm-browser.prod.js"));
            write(webroot, "scheduler", library("scheduler", "cjs/scheduler.production.js"));
            write(webroot, "react", library("react", "cjs/react.production.js"));
            write(webroot, "react-dom", library("react-dom", "cjs/react-dom.production.js"), "react");
            write(
                    webroot,
                    "react-dom-client",
                    library("react-dom", "cjs/react-dom-client.production.js"),
                    "react",
                    "react-dom",
                    "scheduler");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes a CommonJS module as a module that a browser loads: React has no other. */
    private static void write(Path webroot, String name, String commonJs, String... required) throws IOException {
        StringBuilder module = new StringBuilder();
        for (String other : required) {
            module.append("import %s from './%s.js';%n".formatted(variable(other), other));
        }
        module.append("const module = {exports: {}}, exports = module.exports;\n")
                .append("const process = {env: {NODE_ENV: 'production'}};\n")
                .append("const modules = {");
        for (String other : required) {
            module.append("'%s': %s, ".formatted(other, variable(other)));
        }
        module.append("};\nconst require = (name) => modules[name];\n")
                .append(commonJs)
                .append("\nexport default module.exports;\n")
                .append(
                        switch (name) {
                            case "react" -> "export const {createElement, useEffect, useState} = module.exports;\n";
                            case "react-dom-client" -> "export const {createRoot} = module.exports;\n";
                            default -> "";
                        });
        Files.writeString(webroot.resolve(name + ".js"), module);
    }

    private static String variable(String module) {
        return module.replace('-', '_');
    }

    private static String library(String name, String file) throws IOException {
        String path = "META-INF/resources/webjars/%s/%s/%s".formatted(name, versionOf(name), file);
        try (InputStream resource =
                Objects.requireNonNull(HookPage.class.getClassLoader().getResourceAsStream(path), path)) {
            return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String versionOf(String name) throws IOException {
        String path = "META-INF/maven/org.webjars.npm/%s/pom.properties".formatted(name);
        try (InputStream resource =
                Objects.requireNonNull(HookPage.class.getClassLoader().getResourceAsStream(path), path)) {
            Properties properties = new Properties();
            properties.load(resource);
            return properties.getProperty("version");
        }
    }

    /**
     * Opens a tab.
     *
     * @param framework {@code react} or {@code vue}
     */
    static HookPage open(BrowserContext context, TestNode node, String framework) {
        HookPage opened = new HookPage(context.newPage());
        opened.page.navigate(node.uri("/" + NAME).toString());
        opened.page.waitForFunction("globalThis.frameworks");
        opened.page.evaluate("globalThis.component = frameworks." + framework + "()");
        return opened;
    }

    void show(String channel) {
        page.evaluate("component.show('" + channel + "')");
    }

    void hide() {
        page.evaluate("component.hide()");
    }

    /** Waits until the component shows the state of the connection and the data of its events. */
    void await(String text) {
        assertThat(page.locator("#root")).hasText(text, new HasTextOptions().setTimeout(PATIENCE_MILLIS));
    }

    /** All output of the console, and every uncaught error. */
    List<String> complaints() {
        return complaints;
    }
}
