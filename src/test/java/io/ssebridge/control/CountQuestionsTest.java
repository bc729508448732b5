package io.ssebridge.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.FakeClock;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CountQuestionsTest {
    private final FakeClock clock = new FakeClock();
    private final List<String> asked = new ArrayList<>();
    private final Deque<Promise<JsonObject>> answers = new ArrayDeque<>();
    private final CountQuestions questions = new CountQuestions(() -> Set.of("other"), this::ask, clock);

    private Future<JsonObject> ask(String node, JsonObject request) {
        asked.add(node + StreamMessages.subjects(request));
        Promise<JsonObject> answer = Promise.promise();
        answers.add(answer);
        return answer.future();
    }

    private void answer(Integer... counts) {
        answers.remove().complete(StreamMessages.counted(List.of(counts)));
    }

    @Test
    void subjectsThatComeDuringAQuestion_goTogetherInTheNext() {
        Future<Integer> first = questions.elsewhere("a");
        Future<Integer> second = questions.elsewhere("b");
        Future<Integer> third = questions.elsewhere("c");
        Future<Integer> again = questions.elsewhere("b");
        assertThat(asked).containsExactly("other[a]");

        answer(1);
        assertThat(first.result()).isEqualTo(1);
        assertThat(asked).containsExactly("other[a]", "other[b, c]");
        answer(2, 3);
        assertThat(List.of(second.result(), third.result(), again.result())).containsExactly(2, 3, 2);
        assertThat(answers).isEmpty();
    }

    @Test
    void noMoreThan500Subjects_areInOneQuestion() {
        List<Future<Integer>> counts = new ArrayList<>();
        for (int i = 0; i < 502; i++) {
            counts.add(questions.elsewhere("subject-" + i));
        }
        answer(0);
        assertThat(asked.get(1).split(",", -1)).hasSize(500);
        answer(new Integer[0]);
        answer(7);

        assertThat(counts).allMatch(Future::succeeded);
        assertThat(counts.get(501).result()).isEqualTo(7);
    }

    @Test
    void aNodeThatDoesNotAnswer_countsAsZero_andDelaysNobodyForAWhile() {
        Future<Integer> first = questions.elsewhere("a");
        Future<Integer> waiting = questions.elsewhere("b");
        answers.remove().fail("as told");
        assertThat(first.result()).isZero();
        assertThat(waiting.result()).isZero();

        assertThat(questions.elsewhere("c").result()).isZero();
        assertThat(asked).hasSize(1);
        clock.pass(Duration.ofSeconds(5));
        Future<Integer> later = questions.elsewhere("c");
        answer(4);
        assertThat(later.result()).isEqualTo(4);
    }
}
