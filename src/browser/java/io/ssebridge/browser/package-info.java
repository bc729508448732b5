/**
 * The demo page as a visitor meets it, and the client module: real nodes, a real browser. Run by
 * {@code mvn verify -Pbrowser}. Read {@link io.ssebridge.browser.DemoPageIT} first.
 */
@NullMarked
package io.ssebridge.browser;

import org.jspecify.annotations.NullMarked;
