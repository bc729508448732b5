package io.ssebridge.personal;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The answers that were used last, up to a number of bytes.
 *
 * <p><b>Owner:</b> the owner of {@link PersonalAnswers}.
 */
final class AnswerCache {
    // The entry, its key and the objects in these.
    private static final int OVERHEAD = 300;

    private final long maxBytes;
    private final Map<AnswerKey, Answer> answers = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;

    AnswerCache(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    @Nullable
    Answer get(AnswerKey key) {
        return answers.get(key);
    }

    void put(AnswerKey key, Answer answer) {
        Answer before = answers.put(key, answer);
        bytes += answer.bytes() - (before == null ? -OVERHEAD : before.bytes());
        for (Iterator<Answer> oldest = answers.values().iterator(); bytes > maxBytes && oldest.hasNext(); ) {
            bytes -= OVERHEAD + oldest.next().bytes();
            oldest.remove();
        }
    }

    long bytes() {
        return bytes;
    }
}
