package dev.warmpath.indexer.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.warmpath.indexer.event.CacheSnapshot;
import dev.warmpath.indexer.event.EventBatch;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.TargetId;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.index.Overlaps;
import dev.warmpath.indexer.index.ShardedIndex;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * What becomes of a target that reaches a bound of the index, and of questions beyond theirs. The
 * target's own is 5 blocks; it may buffer 4 batches, an answer may take 5 s, and it is asked again
 * after 60 s.
 */
class IngestBoundsTest {
  private static final String MODEL = "model";
  private static final TargetId ID = new TargetId("worker", 0);
  private static final TargetId OTHER = new TargetId("other", 0);
  private static final IngestLimits LIMITS =
      new IngestLimits(
          1_000,
          100_000,
          100_000,
          4,
          millis(50),
          millis(600_000),
          millis(200),
          millis(5_000),
          millis(60_000),
          millis(120_000),
          millis(120_000));

  private final List<TargetId> requests = new ArrayList<>();
  private final Ingest ingest = ingest(IndexLimits.DEFAULT);
  private long now = -12_345;
  private long nextEvent = 1;
  private long othersNextEvent = 1;

  @Test
  void aTargetAtItsBoundIsStaleAndAskedForItsContentAtOnce() {
    settled(ingest);
    send(ingest, root(1, 3));
    assertThat(ingest.isStale(0)).isFalse();
    send(ingest, root(10, 12));

    assertThat(ingest.isStale(0)).isTrue();
    assertThat(state(ingest).capped()).isTrue();
    assertThat(requests).containsExactly(ID);
    assertThat(ingest.counters().incompleteContents()).isZero();
  }

  @Test
  void anAnswerThatFitsHealsIt() {
    settled(ingest);
    send(ingest, root(1, 3));
    send(ingest, root(10, 12));
    send(ingest, removed(1));
    assertThat(state(ingest).appliedEventId()).as("held back for the answer").isEqualTo(2);
    answer(ingest, 3, root(10, 12));

    assertThat(ingest.isStale(0)).isFalse();
    assertThat(state(ingest).capped()).isFalse();
    assertThat(overlap(ingest, 10, 11, 12)).isEqualTo(3);
    pass(ingest, 600_000);
    assertThat(requests).hasSize(1);
  }

  @Test
  void aTargetThatHoldsMoreIsAskedOnceAMinuteAndServedMeanwhile() {
    settled(ingest);
    send(ingest, root(1, 4));
    send(ingest, root(10, 12));
    answer(ingest, 2, root(1, 4), root(10, 12));
    assertThat(overlap(ingest, 1, 2, 3, 4)).isEqualTo(4);
    assertThat(ingest.isStale(0)).isTrue();

    send(ingest, removed(4));
    send(ingest, after(3, 20, 21));
    assertThat(overlap(ingest, 1, 2, 3, 20, 21)).as("there was room again").isEqualTo(5);
    pass(ingest, 59_000);
    assertThat(requests).hasSize(1);
    pass(ingest, 1_000);
    assertThat(requests).hasSize(2);
  }

  @Test
  void withoutAnAnswerItsEventsGoOnAfterAWhile() {
    settled(ingest);
    send(ingest, root(1, 5));
    send(ingest, root(10, 12));
    send(ingest, removed(5));
    assertThat(overlap(ingest, 1, 2, 3, 4, 5)).as("held back").isEqualTo(5);

    pass(ingest, 5_000);
    assertThat(overlap(ingest, 1, 2, 3, 4, 5)).isEqualTo(4);
    assertThat(ingest.isStale(0)).isTrue();
    assertThat(requests).hasSize(1);
  }

  @Test
  void moreEventsThanCanBeHeldBackAreAppliedInOrder() {
    settled(ingest);
    send(ingest, root(1, 5));
    send(ingest, root(10, 12));
    for (int block = 5; block > 0; block--) {
      send(ingest, removed(block));
    }

    assertThat(state(ingest).appliedEventId()).isEqualTo(7);
    assertThat(state(ingest).blocks()).isZero();
    assertThat(ingest.counters().overflowedBatches()).isZero();
  }

  @Test
  void aLaterLifeStartsWithoutABlemish() {
    ingest.join(new IndexedTarget(0, ID, MODEL, 16, false, 0, 5));
    ingest.offer(new EventBatch(MODEL, ID, 1, 1, List.of(root(1, 6))));
    poll(ingest);
    assertThat(state(ingest).capped()).isTrue();
    ingest.offer(new EventBatch(MODEL, ID, 2, 1, List.of(root(1, 2))));
    poll(ingest);

    assertThat(state(ingest).capped()).isFalse();
    assertThat(ingest.isStale(0)).isFalse();
  }

  @Test
  void otherTargetsAreUnharmed() {
    settled(ingest);
    send(ingest, root(1, 6));
    sendOther(ingest, root(1, 700));

    assertThat(ingest.isStale(1)).isFalse();
    assertThat(index(ingest).heldBlocks(1)).isEqualTo(700);
    assertThat(requests).containsExactly(ID);
  }

  @Test
  void atTheBoundOfAllBytesATargetIsAskedForItsContentOnceThereIsRoom() {
    Ingest bounded = ingest(IndexLimits.DEFAULT.with(100_000, 1 << 20));
    settled(bounded);
    int events = 0;
    while (!bounded.isStale(1)) {
      sendOther(bounded, root(100 * events + 1, 100 * events + 100));
      events++;
    }
    send(bounded, root(1, 2));
    pass(bounded, 120_000);
    assertThat(bounded.isStale(0)).isTrue();
    assertThat(requests).as("an answer would not fit").isEmpty();

    bounded.leave(new IndexedTarget(1, OTHER, MODEL, 16, false, 7), () -> {});
    pass(bounded, 1);
    assertThat(requests).containsExactly(ID);
    answer(bounded, 1, root(1, 2));
    assertThat(bounded.isStale(0)).isFalse();
    assertThat(overlap(bounded, 1, 2)).isEqualTo(2);
  }

  @Test
  void aHoleIsClosedWhetherBytesAreShortOrNot() {
    Ingest bounded = ingest(IndexLimits.DEFAULT.with(100_000, 1 << 20));
    settled(bounded);
    send(bounded, root(1, 2));
    while (!bounded.isStale(1)) {
      sendOther(bounded, root(100 * othersNextEvent, 100 * othersNextEvent + 99));
    }
    send(bounded, root(10, 10));
    assertThat(state(bounded).capped()).isTrue();
    nextEvent++;
    send(bounded, removed(1));
    pass(bounded, 50);
    assertThat(requests).containsExactly(ID);

    answer(bounded, nextEvent - 1, root(10, 10));
    assertThat(overlap(bounded, 1, 2)).as("removed by what was lost").isZero();
  }

  @Test
  void aHoleDoesNotWaitForTheNextRequestAtTheBound() {
    settled(ingest);
    send(ingest, root(1, 4));
    send(ingest, root(10, 12));
    answer(ingest, 2, root(1, 4), root(10, 12));
    assertThat(requests).hasSize(1);
    nextEvent++;
    send(ingest, removed(4));
    pass(ingest, 50);

    assertThat(requests).hasSize(2);
    pass(ingest, 200);
    assertThat(requests).as("asked again as for any hole").hasSize(3);
    answer(ingest, nextEvent - 1, root(1, 3));
    assertThat(ingest.isStale(0)).isFalse();
    assertThat(overlap(ingest, 1, 2, 3, 4)).isEqualTo(3);
  }

  @Test
  void modelsShareTheBytes() {
    Ingest bounded = ingest(IndexLimits.DEFAULT.with(100_000, 1 << 20));
    settled(bounded);
    while (!bounded.isStale(1)) {
      sendOther(bounded, root(100 * othersNextEvent, 100 * othersNextEvent + 99));
    }
    TargetId third = new TargetId("third", 0);
    bounded.join(new IndexedTarget(2, third, "other model", 16, false, 7));
    bounded.offer(new EventBatch("other model", third, 7, 1, List.of(root(1, 1))));
    poll(bounded);

    assertThat(Objects.requireNonNull(bounded.index("other model")).heldBlocks(2)).isZero();
    assertThat(bounded.isStale(2)).isTrue();
  }

  @Test
  void questionsBeyondTheirBoundAreRefusedUntilSomeAreAnswered() {
    settled(ingest);
    List<CompletableFuture<?>> waiting = new ArrayList<>();
    for (int i = 0; i < Ingest.MOST_STATES_CALLS; i++) {
      waiting.add(ingest.states());
    }
    assertThat(ingest.states())
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .withCauseInstanceOf(TooManyQuestionsException.class)
        .withMessageContaining("4 questions of the kind 'states'");
    assertThat(ingest.counters().questionsRefused()).isEqualTo(1);
    assertThat(waiting).noneMatch(CompletableFuture::isDone);

    poll(ingest);
    waiting.forEach(CompletableFuture::join);
    assertThat(state(ingest).blocks()).isZero();
  }

  @Test
  void dumpsBeyondTheirBoundAreRefusedUntilOneIsClosed() {
    settled(ingest);
    List<Dump> open = new ArrayList<>();
    for (int i = 0; i < Ingest.MOST_DUMPS; i++) {
      open.add(ingest.dump(""));
    }
    assertThatThrownBy(() -> ingest.dump(""))
        .isInstanceOf(TooManyQuestionsException.class)
        .hasMessageContaining("4 questions of the kind 'dump'");

    open.getFirst().close();
    open.getFirst().close();
    open.add(ingest.dump(""));
    assertThatThrownBy(() -> ingest.dump("")).isInstanceOf(TooManyQuestionsException.class);
    assertThat(ingest.counters().questionsRefused()).isEqualTo(2);
    open.forEach(Dump::close);
  }

  @Test
  void aDumpTakesTheContentOfATargetWhenItIsAskedForIt() {
    settled(ingest);
    try (Dump dump = ingest.dump("")) {
      var first = dump.next();
      poll(ingest);
      TargetId answered = first.join().orElseThrow().target();
      boolean isId = answered.equals(ID);
      TargetId rest = isId ? OTHER : ID;
      long eventId = isId ? othersNextEvent++ : nextEvent++;
      ingest.offer(new EventBatch(MODEL, rest, 7, eventId, List.of(root(1, 3))));
      var second = dump.next();
      poll(ingest);

      assertThat(first.join().orElseThrow().content()).isEmpty();
      assertThat(second.join().orElseThrow().target()).isEqualTo(rest);
      assertThat(second.join().orElseThrow().content()).isNotEmpty();
      assertThat(dump.hasNext()).isFalse();
    }
  }

  @Test
  void aDumpHasNothingOfATargetThatLeftMeanwhile() {
    settled(ingest);
    try (Dump dump = ingest.dump(ID.workerId())) {
      ingest.leave(Objects.requireNonNull(ingest.target(ID)), () -> {});
      var content = dump.next();
      poll(ingest);

      assertThat(content.join()).isEmpty();
    }
  }

  @Test
  void eventsComeBetweenTheTargetsOfOneQuestion() {
    settled(ingest);
    var states = ingest.states();
    ingest.poll(now, 1);
    ingest.offer(new EventBatch(MODEL, ID, 7, nextEvent++, List.of(root(1, 3))));
    ingest.offer(new EventBatch(MODEL, OTHER, 7, othersNextEvent++, List.of(root(1, 3))));
    ingest.poll(now, 1);
    assertThat(states).as("one target was answered").isNotDone();
    poll(ingest);

    assertThat(states.join().stream().mapToLong(TargetState::blocks).sorted())
        .containsExactly(0L, 3L);
    var again = ingest.states();
    poll(ingest);
    assertThat(again.join().stream().mapToLong(TargetState::blocks)).containsOnly(3L);
  }

  @Test
  void aQuestionEndsAtTheNextTargetWhenNobodyListensAnyMore() {
    settled(ingest);
    for (int i = 0; i < Ingest.MOST_STATES_CALLS; i++) {
      var states = ingest.states();
      ingest.poll(now, 1);
      states.cancel(false);
    }
    assertThat(ingest.poll(now, 1_000))
        .as("one step of each is left, which answers nothing and leads to no other")
        .isEqualTo(Ingest.MOST_STATES_CALLS);
    assertThat(ingest.poll(now, 1_000)).isZero();

    var states = ingest.states();
    poll(ingest);
    assertThat(states.join()).hasSize(2);
    assertThat(ingest.counters().questionsRefused()).isZero();
  }

  private Ingest ingest(IndexLimits limits) {
    return new Ingest(LIMITS, limits, (target, _, _) -> requests.add(target.id()));
  }

  private void settled(Ingest of) {
    of.join(new IndexedTarget(0, ID, MODEL, 16, false, 7, 5));
    of.join(new IndexedTarget(1, OTHER, MODEL, 16, false, 7));
    of.offer(new EventBatch(MODEL, ID, 7, 1, List.of()));
    of.offer(new EventBatch(MODEL, OTHER, 7, 1, List.of()));
    poll(of);
    requests.clear();
  }

  private void send(Ingest to, KvEvent event) {
    assertThat(to.offer(new EventBatch(MODEL, ID, 7, nextEvent++, List.of(event)))).isTrue();
    poll(to);
  }

  private void sendOther(Ingest to, KvEvent event) {
    to.offer(new EventBatch(MODEL, OTHER, 7, othersNextEvent++, List.of(event)));
    poll(to);
  }

  private void answer(Ingest to, long asOf, KvEvent... content) {
    assertThat(to.offer(new CacheSnapshot(ID, 7, asOf, List.of(content)))).isTrue();
    poll(to);
  }

  private void pass(Ingest of, long millis) {
    now += millis(millis);
    poll(of);
  }

  private void poll(Ingest of) {
    of.poll(now, 1_000);
  }

  private TargetState state(Ingest of) {
    var states = of.states();
    poll(of);
    return states.join().stream().filter(state -> state.slot() == 0).findFirst().orElseThrow();
  }

  private static ShardedIndex index(Ingest of) {
    return Objects.requireNonNull(of.index(MODEL));
  }

  private static int overlap(Ingest of, long... prompt) {
    Overlaps overlaps = new Overlaps();
    index(of).match(prompt, prompt.length, overlaps);
    return overlaps.deviceBlocks(0);
  }

  private static KvEvent root(long first, long last) {
    return KvEvent.Stored.root(range(first, last), range(first, last), Tier.DEVICE);
  }

  private static KvEvent after(long parent, long first, long last) {
    return KvEvent.Stored.after(parent, range(first, last), range(first, last), Tier.DEVICE);
  }

  private static KvEvent removed(long block) {
    return new KvEvent.Removed(new long[] {block}, Tier.DEVICE);
  }

  private static long[] range(long first, long last) {
    return LongStream.rangeClosed(first, last).toArray();
  }

  private static long millis(long millis) {
    return Duration.ofMillis(millis).toNanos();
  }
}
