package dev.warmpath.router.route;

import static dev.warmpath.router.fleet.Workers.worker;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.index.Overlaps;
import dev.warmpath.indexer.index.PrefixIndex;
import dev.warmpath.router.fleet.FleetListener;
import dev.warmpath.router.fleet.FleetRegistry;
import dev.warmpath.router.fleet.LedgerLimits;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.route.RouteResult.Decision;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which requests wait for which, and what is left of a model that nobody serves. */
class RouterModelsTest {
  private static final int BLOCKS = 10;
  private static final int PROMPT_TOKENS = 160;
  private static final boolean BOOKS = true;
  private static final boolean ONLY_ASKS = false;

  private final LoadLedger ledger = new LoadLedger(new LedgerLimits(64, 100, 1_000), 1);
  private final FleetRegistry registry = new FleetRegistry(64, new NobodyLeaves());
  private final PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);
  private final Router router = new Router(ledger);

  @BeforeEach
  void join() {
    registry.put(worker("m0", "m", 1));
    registry.put(worker("m1", "m", 1));
    registry.put(worker("n0", "n", 1));
    registry.put(worker("n1", "n", 1));
  }

  @Test
  void aRequestDoesNotWaitForOneOfAnotherModel() throws Exception {
    Held policy = new Held("m1");
    Call held = call("m", policy, BOOKS);
    policy.awaitCall();

    Decision other = call("n", new Favours("n0"), BOOKS).decision();
    assertThat(workerOf(other)).isEqualTo("n0");
    assertThat(held.task).isNotDone();

    policy.goOn();
    assertThat(workerOf(held.decision())).isEqualTo("m1");
  }

  @Test
  void aRequestWaitsUntilTheOneBeforeOfItsModelIsBooked() throws Exception {
    Held policy = new Held("m1");
    Held next = new Held("m0");
    Call held = call("m", policy, BOOKS);
    policy.awaitCall();

    Call waiting = call("m", next, BOOKS);
    await().until(() -> waiting.thread.getState() == Thread.State.WAITING || next.isCalled());
    assertThat(next.isCalled()).isFalse();

    policy.goOn();
    next.goOn();
    assertThat(workerOf(held.decision())).isEqualTo("m1");
    assertThat(workerOf(waiting.decision())).isEqualTo("m0");
  }

  @Test
  void whoOnlyAsksWaitsForNobody() throws Exception {
    Held booking = new Held("m1");
    Held asking = new Held("m0");
    Call booked = call("m", booking, BOOKS);
    booking.awaitCall();
    Call asked = call("m", asking, ONLY_ASKS);
    asking.awaitCall();

    Decision askedMeanwhile = call("m", new Favours("m1"), ONLY_ASKS).decision();
    assertThat(workerOf(askedMeanwhile)).isEqualTo("m1");
    assertThat(askedMeanwhile.bookingId()).isEqualTo(Decision.NOT_BOOKED);
    assertThat(booked.task).isNotDone();
    assertThat(asked.task).isNotDone();

    asking.goOn();
    booking.goOn();
    assertThat(workerOf(asked.decision())).isEqualTo("m0");
    assertThat(workerOf(booked.decision())).isEqualTo("m1");
  }

  @Test
  void aModelThatNobodyServesIsForgottenAndNoOther() throws Exception {
    call("m", new Favours("m0"), BOOKS).decision();
    call("n", new Favours("n0"), BOOKS).decision();
    router.forgetModelsBut(List.of("n"));

    assertThat(router.recentFigures(0).models()).isOne();
    assertThat(expectedBlocks("m", "m0")).as("when it comes back").isZero();
    assertThat(expectedBlocks("n", "n0")).isEqualTo(BLOCKS);
  }

  @Test
  void aRequestIsPlacedThoughItsModelIsForgottenMeanwhile() throws Exception {
    Held policy = new Held("m1");
    Call held = call("m", policy, BOOKS);
    policy.awaitCall();
    router.forgetModelsBut(List.of("n"));
    policy.goOn();

    Decision decision = held.decision();
    assertThat(workerOf(decision)).isEqualTo("m1");
    assertThat(ledger.openBookings()).isOne();
    assertThat(router.recentFigures(0)).isEqualTo(RecentFigures.NOTHING);
    assertThat(router.cancel(decision.bookingId(), 0)).isTrue();
    assertThat(ledger.openBookings()).isZero();
  }

  private int expectedBlocks(String model, String worker) throws Exception {
    return call(model, new Favours(worker), ONLY_ASKS).decision().overlap().expectedBlocks();
  }

  /** A request on a thread of its own. */
  private Call call(String model, Policy policy, boolean book) {
    RouteQuery query =
        new RouteQuery(
            requireNonNull(registry.current().model(model)),
            index,
            LongStream.rangeClosed(1, BLOCKS).toArray(),
            BLOCKS,
            PROMPT_TOKENS,
            policy,
            1,
            book,
            false);
    FutureTask<Decision> task =
        new FutureTask<>(() -> (Decision) router.route(query, new Overlaps(), 0));
    return new Call(Thread.ofPlatform().daemon().start(task), task);
  }

  private static String workerOf(Decision decision) {
    return decision.target().worker().id();
  }

  private record Call(Thread thread, FutureTask<Decision> task) {
    Decision decision() throws Exception {
      return task.get(10, TimeUnit.SECONDS);
    }
  }

  /** A worker costs less than the others. */
  private record Favours(String worker) implements Policy {
    @Override
    public String policyName() {
      return "favours";
    }

    @Override
    public List<String> terms() {
      return List.of("other");
    }

    @Override
    public void price(Candidates candidates, Costs costs) {
      for (int i = 0; i < candidates.size(); i++) {
        costs.set(i, 0, candidates.target(i).worker().id().equals(worker) ? 0 : 1);
      }
    }
  }

  /** The same, and the router hears of it when the test says so. */
  private static final class Held implements Policy {
    private final Favours favours;
    private final CountDownLatch called = new CountDownLatch(1);
    private final CountDownLatch goesOn = new CountDownLatch(1);

    Held(String worker) {
      favours = new Favours(worker);
    }

    boolean isCalled() {
      return called.getCount() == 0;
    }

    void awaitCall() throws InterruptedException {
      assertThat(called.await(10, TimeUnit.SECONDS)).isTrue();
    }

    void goOn() {
      goesOn.countDown();
    }

    @Override
    public String policyName() {
      return favours.policyName();
    }

    @Override
    public List<String> terms() {
      return favours.terms();
    }

    @Override
    public void price(Candidates candidates, Costs costs) {
      favours.price(candidates, costs);
      called.countDown();
      try {
        assertThat(goesOn.await(60, TimeUnit.SECONDS)).isTrue();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  private record NobodyLeaves() implements FleetListener {
    @Override
    public void joined(Target target) {}

    @Override
    public void left(Target target, Runnable released) {
      throw new AssertionError(target + " left");
    }
  }
}
