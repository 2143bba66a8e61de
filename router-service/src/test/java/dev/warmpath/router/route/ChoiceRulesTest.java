package dev.warmpath.router.route;

import static dev.warmpath.router.fleet.Workers.BLOCK_SIZE;
import static dev.warmpath.router.fleet.Workers.labelled;
import static dev.warmpath.router.fleet.Workers.worker;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.index.Overlaps;
import dev.warmpath.indexer.index.PrefixIndex;
import dev.warmpath.indexer.index.ShardedIndex;
import dev.warmpath.router.fleet.FleetListener;
import dev.warmpath.router.fleet.FleetRegistry;
import dev.warmpath.router.fleet.LedgerLimits;
import dev.warmpath.router.fleet.Load;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.fleet.Worker;
import dev.warmpath.router.route.RouteResult.Decision;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Preferred labels, temperature and the direct policy, through the router. */
class ChoiceRulesTest {
  private final LoadLedger ledger = new LoadLedger(new LedgerLimits(64, 100_000, 1_000_000), 1);
  private final FleetRegistry registry = new FleetRegistry(64, new ReleasesAtOnce());
  private final Router router = new Router(ledger);
  private final PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);
  private final Overlaps overlaps = new Overlaps();

  @Test
  void aPreferredLabelMultipliesTheCostByThePublishedFactor() {
    join(labelled("a", Map.of("zone", "1", "rack", "2")), labelled("b", Map.of("zone", "1")));
    load(0, 100);
    load(1, 100);
    List<Preference> preferences =
        List.of(new Preference("zone", "1", 0.5), new Preference("rack", "2", 2));

    Decision decision = decide(Policies.LEAST_LOADED, preferring(preferences), 1);

    Map<String, CandidateCost> costs = new HashMap<>();
    decision.candidates().forEach(cost -> costs.put(cost.target().worker().id(), cost));
    double tokens = 100.0 * BLOCK_SIZE;
    assertThat(requireNonNull(costs.get("a")).cost())
        .isCloseTo(tokens * Math.exp(-Math.tanh(2.5)), within(1e-6));
    assertThat(requireNonNull(costs.get("b")).cost())
        .isCloseTo(tokens * Math.exp(-Math.tanh(0.5)), within(1e-6));
    assertThat(requireNonNull(costs.get("a")).termNames())
        .containsExactly("outstanding_tokens", "preferred_labels");
    assertThat(decision.policy()).isEqualTo("least_loaded");
  }

  @Test
  void aPreferredTargetThatIsThreeTimesAsBusyLoses() {
    join(labelled("a", Map.of("zone", "1")), worker("b"));
    load(0, 300);
    load(1, 100);
    List<Preference> preference = List.of(new Preference("zone", "1", Preference.MAX_WEIGHT));
    Decision decision = decide(Policies.LEAST_LOADED, preferring(preference), 1);
    assertThat(decision.target().worker().id()).isEqualTo("b");
  }

  @Test
  void amongEqualsThePreferredOneGoesFirst() {
    join(worker("a"), labelled("b", Map.of("zone", "1")), worker("c"));
    for (int seed = 0; seed < 50; seed++) {
      Decision decision =
          decide(Policies.LEAST_LOADED, preferring(List.of(new Preference("zone", "1", 1))), seed);
      assertThat(decision.target().worker().id()).isEqualTo("b");
    }
  }

  @Test
  void aTemperatureDrawsByThePublishedChances() {
    join(worker("a"), worker("b"), worker("c"));
    load(0, 72);
    load(1, 80);
    load(2, 78);
    Map<String, Integer> counts = new HashMap<>();
    ChoiceRules warm =
        new ChoiceRules(List.of(), List.of(), "", List.of(), 0.5, null, Disaggregation.ALWAYS);
    int draws = 20_000;
    for (int seed = 0; seed < draws; seed++) {
      Decision decision = decide(Policies.LEAST_LOADED, warm, seed);
      counts.merge(decision.target().worker().id(), 1, Integer::sum);
      assertThat(decision.candidates())
          .filteredOn(CandidateCost::chosen)
          .extracting(CandidateCost::target)
          .containsExactly(decision.target());
      assertThat(requireNonNull(decision.price().next()).worker().id())
          .isEqualTo(decision.target().worker().id().equals("a") ? "c" : "a");
    }
    assertThat(counts.getOrDefault("a", 0) / (double) draws).isCloseTo(0.736, within(0.015));
    assertThat(counts.getOrDefault("b", 0) / (double) draws).isCloseTo(0.100, within(0.015));
    assertThat(counts.getOrDefault("c", 0) / (double) draws).isCloseTo(0.164, within(0.015));
  }

  @Test
  void directGoesToThePinAndAmongTheRanksOfAPinnedWorkerToTheOneWithFewestRequests() {
    join(worker("a"), worker("b", "m", 2));
    load(1, 1);
    Filter pin = new Filter.Pinned(new TargetName("b", TargetName.ANY_RANK));
    ChoiceRules pinned =
        new ChoiceRules(List.of(pin), List.of(), "", List.of(), 0, null, Disaggregation.ALWAYS);
    Decision decision = decide(Policies.DIRECT, pinned, 1);
    assertThat(decision.target().id()).hasToString("b/1");
    assertThat(decision.policy()).isEqualTo("direct");
  }

  @Test
  void weightsAndTemperaturesOutOfRangeAreRefusedByNameAndValue() {
    assertThatThrownBy(() -> new Preference("zone", "1", 0))
        .hasMessage("weight must be above 0 and at most 10.0: 0.0");
    assertThatThrownBy(() ->
            new ChoiceRules(List.of(), List.of(), "", List.of(), 101, null, Disaggregation.ALWAYS))
        .hasMessage("temperature must be 0 to 100.0: 101.0");
  }

  private static ChoiceRules preferring(List<Preference> preferences) {
    return new ChoiceRules(List.of(), List.of(), "", preferences, 0, null, Disaggregation.ALWAYS);
  }

  private Decision decide(Policy policy, ChoiceRules rules, long seed) {
    RouteQuery query =
        new RouteQuery(
            requireNonNull(registry.current().model("m")),
            ShardedIndex.of(index),
            new long[0],
            0,
            160,
            0,
            policy,
            rules,
            seed,
            false,
            true);
    return (Decision) router.route(query, overlaps, 0);
  }

  private void join(Worker... workers) {
    for (Worker worker : workers) {
      assertThat(registry.put(worker)).isNull();
    }
  }

  private void load(int slot, int blocks) {
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
