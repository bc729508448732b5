package io.ssebridge.hub;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The pages that the audiences of one event loop have read recently, for seats that reach the same cursor a little
 * later. One bound holds for all channels together; the oldest pages make room for new ones.
 *
 * <p><b>Owner:</b> that event loop.
 */
final class Pages {
    private static final long MAX_BYTES = 2 << 20;

    private final Set<Page> pages = new LinkedHashSet<>();
    private long bytes;

    void add(Page page) {
        pages.add(page);
        bytes += page.bytes();
        while (bytes > MAX_BYTES && pages.size() > 1) {
            drop(pages.iterator().next());
        }
    }

    /** Drops the pages that have not been used since the last call. */
    void dropUnused() {
        List<Page> unused = pages.stream().filter(Page::isUnused).toList();
        unused.forEach(this::drop);
    }

    /** Drops all pages of one reader. */
    void dropAll(CatchUp reader) {
        Iterator<Page> all = pages.iterator();
        while (all.hasNext()) {
            Page page = all.next();
            if (page.reader() == reader) {
                all.remove();
                bytes -= page.bytes();
                page.close();
            }
        }
    }

    /** Drops a page that its reader has removed already. */
    void remove(Page page) {
        if (pages.remove(page)) {
            bytes -= page.bytes();
            page.close();
        }
    }

    private void drop(Page page) {
        page.reader().forget(page);
        remove(page);
    }

    long bytes() {
        return bytes;
    }
}
