package io.ssebridge.browser;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.TestCluster;
import io.ssebridge.testing.TestNode;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** Nodes in demo mode, and a browser that opens their page. All assertions about it are patient. */
final class DemoVisit implements AutoCloseable {
    private static final double PATIENCE_MILLIS = 20_000;

    private final Deque<Runnable> closing = new ArrayDeque<>();
    private final List<TestNode> nodes;
    private final Browser browser;

    /** Visits a cluster of this many nodes; one node is without a cluster. */
    DemoVisit(int nodes) {
        Chromium.require();
        this.nodes = nodes == 1 ? List.of(standalone()) : cluster(nodes);
        Playwright playwright = Playwright.create();
        closing.push(playwright::close);
        this.browser = Chromium.launch(playwright);
        PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MILLIS);
    }

    private TestNode standalone() {
        TestNode node = TestNode.standalone(NodeSetup.DEMO);
        closing.push(node::close);
        return node;
    }

    private List<TestNode> cluster(int nodes) {
        TestCluster cluster = new TestCluster();
        closing.push(cluster::close);
        return cluster.start(nodes, NodeSetup.DEMO);
    }

    List<TestNode> nodes() {
        return nodes;
    }

    /** Opens the page of a node, in a browser profile of its own. */
    DemoPage open(int node, NewContextOptions options) {
        return DemoPage.open(browser, nodes.get(node).uri("/"), options);
    }

    /** An empty page in a browser profile of its own, which the test prepares before it opens it. */
    DemoPage prepare() {
        return DemoPage.prepare(browser, new NewContextOptions());
    }

    @Override
    public void close() {
        closing.forEach(Runnable::run);
    }
}
