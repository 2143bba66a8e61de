package dev.warmpath.router.route;

import static dev.warmpath.router.fleet.Workers.BLOCK_SIZE;
import static dev.warmpath.router.fleet.Workers.draining;
import static dev.warmpath.router.fleet.Workers.life;
import static dev.warmpath.router.fleet.Workers.withLoras;
import static dev.warmpath.router.fleet.Workers.worker;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.index.Overlaps;
import dev.warmpath.indexer.index.PrefixIndex;
import dev.warmpath.indexer.index.ShardedIndex;
import dev.warmpath.router.fleet.FleetListener;
import dev.warmpath.router.fleet.FleetRegistry;
import dev.warmpath.router.fleet.LedgerLimits;
import dev.warmpath.router.fleet.Load;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.fleet.Worker;
import dev.warmpath.router.route.RouteResult.AllExcluded;
import dev.warmpath.router.route.RouteResult.Decision;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SessionAffinityTest {
  private static final int PROMPT = 160;
  private static final long TTL = 1_000;
  private static final Session SOFT = new Session("s", false, TTL);
  private static final Session HARD = new Session("s", true, TTL);

  private final LoadLedger ledger = new LoadLedger(new LedgerLimits(64, 10_000, 1_000_000), 1);
  private final FleetRegistry registry = new FleetRegistry(64, new ReleasesAtOnce());
  private final Sessions sessions = new Sessions(4, 0);
  private final Set<Integer> stale = new HashSet<>();
  private final Router router =
      new Router(
          ledger,
          target -> registry.current().serves(target),
          stale::contains,
          sessions,
          Placements.UNHEARD);
  private final PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);
  private final Overlaps overlaps = new Overlaps();
  private double maxKvShare = LoadLimits.UNLIMITED;
  private Set<String> drained = Set.of();
  private String lora = "";

  @Test
  void aSessionStaysOnItsTargetHoweverBusy() {
    join(worker("a"), worker("b"));
    Target first = route(SOFT, 0).target();
    load(first, 900);

    assertThat(route(SOFT, 1).target()).isEqualTo(first);
    assertThat(route(null, 1).target()).isNotEqualTo(first);
  }

  @Test
  void aSoftSessionMovesWhenAFilterLeavesItsTargetOutAndStaysThere() {
    join(worker("a"), worker("b"));
    Target first = route(SOFT, 0).target();
    load(first, 900);
    maxKvShare = 0.5;

    Target second = route(SOFT, 1).target();
    assertThat(second).isNotEqualTo(first);
    maxKvShare = LoadLimits.UNLIMITED;
    load(second, 990);
    assertThat(route(SOFT, 2).target()).isEqualTo(second);
  }

  @Test
  void aHardSessionIsRefusedWhenItsTargetIsOverloaded() {
    join(worker("a"), worker("b"), worker("c"));
    Target first = route(HARD, 0).target();
    load(first, 900);
    maxKvShare = 0.5;

    AllExcluded refused = (AllExcluded) result(HARD, 1, true, false);
    assertThat(refused.describe())
        .isEqualTo(
            "1 with over 50 %% of their KV blocks in use, 2 other than the target %s/0 of the"
                + " session",
            first.worker().id());
    assertThat(refused.isOverload()).isTrue();
    maxKvShare = LoadLimits.UNLIMITED;
    assertThat(route(HARD, 2).target()).isEqualTo(first);
  }

  @Test
  void aHardSessionDoesNotWaitForTheLoadOfOthers() {
    join(worker("a"), worker("b"), worker("c"));
    Target first = route(HARD, 0).target();
    registry.current().targets().stream()
        .filter(target -> !target.equals(first))
        .forEach(target -> load(target, 900));
    maxKvShare = 0.5;
    stale.add(first.slot());

    AllExcluded refused = (AllExcluded) result(HARD, 1, true, false);
    assertThat(refused.counts().keySet())
        .extracting(Filter::filterName)
        .containsExactly("stale_index", "kv_blocks");
    assertThat(refused.isOverload()).isFalse();
    assertThat(((AllExcluded) result(SOFT, 1, true, false)).isOverload()).isTrue();
  }

  @Test
  void aHardSessionStaysOnATargetWithoutTheLoraThatOthersHave() {
    join(worker("a"));
    Target first = route(HARD, 0).target();
    join(withLoras(worker("b"), "sql"));
    lora = "sql";

    assertThat(route(HARD, 1).target()).isEqualTo(first);
    assertThat(route(SOFT, 1).target().worker().id()).isEqualTo("b");
  }

  @Test
  void aHardSessionMovesWhenItsTargetDrains() {
    join(worker("a"), worker("b"));
    Target first = route(HARD, 0).target();
    drained = Set.of(first.worker().id());

    assertThat(route(HARD, 1).target()).isNotEqualTo(first);
  }

  @Test
  void aHardSessionMovesWhenItsWorkerSaysThatItDrains() {
    join(worker("a"), worker("b"));
    Target first = route(HARD, 0).target();
    join(draining(worker(first.worker().id())));

    assertThat(route(HARD, 1).target().worker().id()).isNotEqualTo(first.worker().id());
  }

  @Test
  void aHardSessionMovesWhenItsTargetLeft() {
    join(worker("a"), worker("b"));
    Target first = route(HARD, 0).target();
    registry.remove(first.worker().id());

    assertThat(route(HARD, 1).target()).isNotEqualTo(first);
  }

  @Test
  void aWorkerThatRestartedIsAnotherTarget() {
    join(life("a", 1), life("b", 1));
    Target first = route(HARD, 0).target();
    join(life(first.worker().id(), 2));
    load(target(first.worker().id()), 900);

    assertThat(route(HARD, 1).target().worker().id()).isNotEqualTo(first.worker().id());
  }

  @Test
  void aSessionEndsWhenItsTimeIsOverAndEveryBookedRequestExtendsIt() {
    join(worker("a"), worker("b"));
    Target first = route(SOFT, 0).target();
    assertThat(route(SOFT, TTL - 1).target()).isEqualTo(first);
    load(first, 900);
    assertThat(route(SOFT, 2 * TTL - 2).target()).isEqualTo(first);
    assertThat(route(SOFT, 3 * TTL).target()).isNotEqualTo(first);
  }

  @Test
  void whoOnlyAsksNeitherMakesNorExtendsASession() {
    join(worker("a"), worker("b"));
    result(SOFT, 0, false, false);
    assertThat(sessions.of("m", SOFT, 0)).isNull();

    Target first = route(SOFT, 0).target();
    result(SOFT, TTL - 1, false, false);
    assertThat(sessions.of("m", SOFT, TTL)).isNull();
    assertThat(first).isNotNull();
  }

  @Test
  void sessionsBeyondTheLimitAreForgottenAndCounted() {
    join(worker("a"));
    for (int i = 0; i < 100; i++) {
      route(new Session("s" + i, false, TTL), 0);
    }
    assertThat(sessions.size()).isLessThanOrEqualTo(4);
    assertThat(sessions.evicted()).isEqualTo(96);
  }

  @Test
  void sessionsOfAnotherModelAreOthers() {
    join(worker("a"));
    route(SOFT, 0);
    assertThat(sessions.of("n", SOFT, 0)).isNull();
    assertThat(sessions.of("m", SOFT, 0)).isNotNull();
  }

  @Test
  void inPoolsASessionKeepsBothTargets() {
    join(
        worker("p0", Role.PREFILL),
        worker("p1", Role.PREFILL),
        worker("d0", Role.DECODE),
        worker("d1", Role.DECODE));
    Decision first = route(SOFT, 0);
    load(first.target(), 900);
    load(requireNonNull(first.prefillTarget()), 900);

    Decision second = route(SOFT, 1);
    assertThat(second.target()).isEqualTo(first.target());
    assertThat(second.prefillTarget()).isEqualTo(first.prefillTarget());
  }

  @Test
  void anExplanationSaysWhoIsNotTheTargetOfTheSession() {
    join(worker("a"), worker("b"));
    Target first = route(SOFT, 0).target();

    Decision explained = (Decision) result(SOFT, 1, false, true);
    assertThat(explained.candidates()).extracting(CandidateCost::target).containsExactly(first);
    assertThat(explained.excluded())
        .extracting(out -> out.by().filterName())
        .containsExactly("session_affinity");
  }

  @Test
  void aSessionWithoutALifeIsRefused() {
    assertThatThrownBy(() -> new Session("s", false, 0))
        .hasMessage("ttl of a session must be above 0 ns: 0");
  }

  private Decision route(@Nullable Session session, long nowNanos) {
    return (Decision) result(session, nowNanos, true, false);
  }

  private RouteResult result(
      @Nullable Session session, long nowNanos, boolean book, boolean explain) {
    List<Filter> filters =
        List.of(
            new Filter.Draining(drained), new Filter.StaleIndex(), new Filter.KvBlocks(maxKvShare));
    ChoiceRules rules =
        new ChoiceRules(filters, List.of(), lora, List.of(), 0, session, Disaggregation.ALWAYS);
    RouteQuery query =
        new RouteQuery(
            requireNonNull(registry.current().model("m")),
            ShardedIndex.of(index),
            new long[0],
            0,
            PROMPT,
            0,
            Policies.LEAST_LOADED,
            rules,
            nowNanos,
            book,
            explain);
    return router.route(query, overlaps, nowNanos);
  }

  private void join(Worker... workers) {
    for (Worker worker : workers) {
      assertThat(registry.put(worker)).isNull();
    }
  }

  private Target target(String workerId) {
    return registry.current().targets().stream()
        .filter(target -> target.worker().id().equals(workerId))
        .findFirst()
        .orElseThrow();
  }

  private void load(Target target, int blocks) {
    int slot = target.slot();
    ledger.book(new Load(slot, slot, blocks * BLOCK_SIZE, 0, BLOCK_SIZE), 0);
  }

  private static final class ReleasesAtOnce implements FleetListener {
    @Override
    public void joined(Target target) {}

    @Override
    public void left(Target target, Runnable released) {
      released.run();
    }
  }
}
