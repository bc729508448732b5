package io.ssebridge.history;

import static io.ssebridge.testing.Histories.append;
import static io.ssebridge.testing.Histories.event;
import static io.ssebridge.testing.Histories.genesis;
import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.Frame;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.Histories;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The common behaviour of all histories. Where there are two nodes, one appends and the other reads. */
@Timeout(60)
public abstract class HistoryContract {
    /** Channels that begin with {@code small} keep 16 frames, others 300. */
    public static final ChannelRules RULES = new ChannelRules(List.of(
            Histories.rule("small.**", 16, Duration.ofMinutes(10)), Histories.rule("**", 300, Duration.ofMinutes(10))));

    private ChannelName small;
    private ChannelName large;

    @BeforeEach
    void newChannels() {
        small = new ChannelName("small." + UUID.randomUUID());
        large = new ChannelName("large." + UUID.randomUUID());
    }

    /** Where frames are appended. */
    protected abstract History leaders();

    /** Where they are read; another node's, if there are two. */
    protected abstract History readers();

    protected abstract Vertx vertx();

    @Test
    void frames_areNumberedFromZeroInStepsOfOne() {
        assertThat(leaders().append(small, frames(0, 3)).await()).isZero();
        assertThat(leaders().append(small, frames(3, 1)).await()).isEqualTo(3);
        assertThat(leaders().append(small, frames(4, 4)).await()).isEqualTo(4);

        assertThat(sequences(read(small, 0, 100))).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L);
    }

    @Test
    void frames_comeBackAsTheyWere() {
        List<Frame> frames = List.of(genesis(7, -1, 0, 5, 4), event(-8, -1, 1, 7, 6));
        leaders().append(small, frames).await();

        assertThat(read(small, 0, 100)).extracting(NumberedFrame::frame).isEqualTo(frames);
    }

    @Test
    void aChannelWithoutFrames_isEmpty() {
        assertThat(readers().extent(small).await().isEmpty()).isTrue();
        assertThat(read(small, 0, 100)).isEmpty();
        assertThat(read(small, 5, 100)).isEmpty();
    }

    @Test
    void aChannel_exists_fromItsFirstFrameUntilItIsDestroyed() {
        assertThat(leaders().exists(small)).isFalse();
        leaders().destroy(small).await();
        assertThat(leaders().exists(small)).isFalse();

        leaders().append(small, frames(0, 1)).await();
        assertThat(leaders().exists(small)).isTrue();
        Eventually.holds("news of it", Duration.ofSeconds(10), () -> readers().exists(small));

        leaders().destroy(small).await();
        assertThat(leaders().exists(small)).isFalse();
        Eventually.holds(
                "news of its end", Duration.ofSeconds(10), () -> !readers().exists(small));
    }

    @Test
    void aStretch_isReadHoweverLongItIs() {
        leaders().append(large, frames(0, 300)).await();

        assertThat(sequences(readers().readAll(large, 7, 290).await()))
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(7, 290).boxed().toList());
        assertThat(sequences(readers().readAll(large, 290, 1_000).await())).hasSize(10);
    }

    @Test
    void theExtent_tellsTheOldestAndTheNewest() {
        leaders().append(small, frames(0, 10)).await();
        assertThat(readers().extent(small).await()).isEqualTo(new History.Extent(0, 9));

        leaders().append(small, frames(10, 10)).await();
        assertThat(readers().extent(small).await()).isEqualTo(new History.Extent(4, 19));
    }

    @Test
    void theOldestFrames_makeRoom() {
        leaders().append(small, frames(0, 16)).await();
        leaders().append(small, frames(16, 4)).await();

        assertThat(sequences(read(small, 4, 100)))
                .containsExactlyElementsOf(LongStream.range(4, 20).boxed().toList());
    }

    @Test
    void readingFromBeforeTheOldest_beginsAtTheOldest() {
        leaders().append(small, frames(0, 10)).await();
        leaders().append(small, frames(10, 10)).await();

        assertThat(sequences(read(small, 0, 3))).containsExactly(4L, 5L, 6L);
        assertThat(sequences(read(small, 3, 1))).containsExactly(4L);
    }

    @Test
    void readingFromTheTail_yieldsOneFrame_andBeyondItNone() {
        leaders().append(small, frames(0, 5)).await();

        assertThat(sequences(read(small, 4, 100))).containsExactly(4L);
        assertThat(read(small, 5, 100)).isEmpty();
        assertThat(read(small, 6, 100)).isEmpty();
        assertThat(read(small, 1_000_000, 100)).isEmpty();
    }

    @Test
    void aLimit_isKept() {
        leaders().append(large, frames(0, 50)).await();

        assertThat(sequences(read(large, 10, 2))).containsExactly(10L, 11L);
        assertThat(read(large, 0, 1_000_000)).hasSize(50);
        assertThat(read(large, 0, Integer.MAX_VALUE)).hasSize(50);
    }

    @Test
    void channels_keepWhatTheirRulesSay() {
        for (int from = 0; from < 350; from += 50) {
            leaders().append(small, frames(from, 50)).await();
            leaders().append(large, frames(from, 50)).await();
        }

        assertThat(readers().extent(small).await()).isEqualTo(new History.Extent(334, 349));
        assertThat(readers().extent(large).await()).isEqualTo(new History.Extent(50, 349));
    }

    @Test
    void aDestroyedHistory_isEmptyAgain_onAllMembersThatKnewIt() {
        leaders().append(small, frames(0, 10)).await();
        assertThat(read(small, 0, 100)).hasSize(10);

        leaders().destroy(small).await();
        assertThat(readers().extent(small).await().isEmpty()).isTrue();
        assertThat(leaders().append(small, frames(100, 2)).await()).isZero();

        assertThat(read(small, 0, 100)).extracting(each -> each.frame().uid()).containsExactly(100L, 101L);
        assertThat(leaders().read(small, 0, 100).await()).isEqualTo(read(small, 0, 100));

        readers().destroy(small).await();
        assertThat(leaders().append(small, frames(200, 1)).await()).isZero();
        assertThat(readers().append(small, frames(201, 1)).await()).isEqualTo(1);
    }

    @Test
    void answers_comeOnTheContextOfTheCaller() throws Exception {
        append(leaders(), small, 1, 1, 2, 3);
        List<Supplier<Future<?>>> questions = List.of(
                () -> readers().read(small, 0, 10),
                () -> readers().read(small, 100, 10),
                () -> readers().extent(small),
                () -> leaders().append(small, frames(9, 1)));
        for (Supplier<Future<?>> question : questions) {
            for (Context caller : List.of(context(), context(), context())) {
                CompletableFuture<Context> answered = new CompletableFuture<>();
                caller.runOnContext(ask -> question.get().onComplete(any -> answered.complete(Vertx.currentContext())));

                assertThat(answered.get(10, TimeUnit.SECONDS)).isSameAs(caller);
            }
        }
    }

    @Test
    void manyRequestsAtOnceForANewChannel_areAnsweredOnTheirContexts() throws Exception {
        List<Context> callers = List.of(context(), context(), context(), context());
        List<CompletableFuture<Context>> answers = callers.stream()
                .map(caller -> {
                    CompletableFuture<Context> answered = new CompletableFuture<>();
                    caller.runOnContext(ask ->
                            readers().read(small, 0, 10).onComplete(any -> answered.complete(Vertx.currentContext())));
                    return answered;
                })
                .toList();

        for (int i = 0; i < callers.size(); i++) {
            assertThat(answers.get(i).get(10, TimeUnit.SECONDS)).isSameAs(callers.get(i));
        }
    }

    private Context context() {
        CompletableFuture<Context> made = new CompletableFuture<>();
        new Thread(() -> made.complete(vertx().getOrCreateContext())).start();
        return made.join();
    }

    private List<NumberedFrame> read(ChannelName channel, long from, int max) {
        return readers().read(channel, from, max).await();
    }

    private static List<Frame> frames(long first, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> event(first + i, first - 1, i, 0, 1))
                .toList();
    }

    private static List<Long> sequences(List<NumberedFrame> frames) {
        return frames.stream().map(NumberedFrame::sequence).toList();
    }
}
