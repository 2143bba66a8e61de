package dev.warmpath.router.replay.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.replay.Prompt;
import dev.warmpath.router.replay.deploy.Deployment;
import dev.warmpath.router.replay.deploy.EventFaults;
import dev.warmpath.router.replay.deploy.Failure;
import dev.warmpath.router.replay.deploy.Pool;
import dev.warmpath.router.replay.deploy.RouterRules;
import dev.warmpath.router.replay.deploy.Sla;
import dev.warmpath.router.replay.deploy.Wiring;
import dev.warmpath.router.replay.engine.EngineModel;
import dev.warmpath.router.replay.engine.EngineModelJson;
import dev.warmpath.router.replay.engine.Offload;
import dev.warmpath.router.replay.engine.PoolDefaults;
import dev.warmpath.router.replay.engine.RankLimits;
import dev.warmpath.router.replay.load.LoadRequest;
import dev.warmpath.router.replay.load.OpenLoop;
import dev.warmpath.router.replay.load.Timing;
import dev.warmpath.router.replay.report.RunSummary;
import dev.warmpath.router.replay.serve.RequestTable.Status;
import dev.warmpath.router.route.Disaggregation;
import dev.warmpath.router.route.Disaggregation.When;
import dev.warmpath.router.route.Links;
import dev.warmpath.router.route.Policies;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Decode workers that compute prompts, and keep what was computed or came. */
final class DisaggregationRunTest {
  private static final int BLOCK_SIZE = 64;
  private static final int STEP_TOKENS = 512;
  private static final long SECOND = 1_000_000_000;

  private static final EngineModel ENGINE =
      EngineModelJson.read(
          "e.json",
          """
          {
            "name": "e",
            "provenance": {"source": "s", "hold_out": "none"},
            "transfer": {"base_ms": 3, "per_token_ms": 0.01},
            "prefill": {"base_ms": 10, "per_token_ms": 0.1},
            "decode": {"base_ms": 20, "admission_ms": 5},
            "aggregated": {"base_ms": 10, "per_token_ms": 0.1, "decode": {"base_ms": 99}},
            "pools": {"prefill": {}, "decode": {}, "aggregated": {}}
          }
          """);

  @Test
  void shortPromptsAreComputedWhereTheyDecode() {
    RunRecord run =
        run(withoutDecodeCaches(rules(When.LOCAL_PREFILL_LENGTH, 500)), prompts(200, 1, 1));

    RequestTable table = run.requests();
    int local = 0;
    for (int request = 0; request < table.size(); request++) {
      boolean stays = table.inputTokens(request) <= 500;
      assertThat(worker(run, table.decodeTarget(request))).startsWith("decode");
      assertThat(worker(run, table.promptTarget(request))).startsWith(stays ? "decode" : "prefill");
      assertThat(table.promptTarget(request) == table.decodeTarget(request)).isEqualTo(stays);
      assertThat(transferMillis(table, request))
          .isEqualTo(stays ? 0 : 3 + 0.01 * table.inputTokens(request), within(1e-6));
      local += stays ? 1 : 0;
    }
    assertThat(local).isBetween(20, 180);
    assertThat(summary(run).localPrefills()).isEqualTo(local);
  }

  @Test
  void aBusyPrefillTargetLeavesLongPromptsToDecodeWorkers() {
    Disaggregation busyAtOnce =
        new Disaggregation(When.LOCAL_PREFILL_LENGTH, 0, 1, 0, 0, Links.FREE, 1);
    Prompt prompt = prompt(1, 20);

    RunRecord run = run(withoutDecodeCaches(rules(busyAtOnce)), at(prompt, 0, 0, 0));

    assertThat(IntStream.range(0, 3).mapToObj(i -> worker(run, run.requests().promptTarget(i))))
        .containsOnlyOnce("prefill-00000")
        .containsOnlyOnce("prefill-00001")
        .filteredOn(worker -> worker.startsWith("decode"))
        .hasSize(1);
  }

  @Test
  void whatADecodeWorkerHoldsNeedNotComeAgain() {
    RunRecord run = run(one(When.ALWAYS, 0, true), at(prompt(1, 20), 0, 10 * SECOND));

    RequestTable table = run.requests();
    assertThat(transferMillis(table, 0)).isCloseTo(3 + 0.01 * (20 * BLOCK_SIZE + 10), within(1e-6));
    assertThat(transferMillis(table, 1)).isCloseTo(3 + 0.01 * 10, within(1e-6));
    RunRecord without = run(one(When.ALWAYS, 0, false), at(prompt(1, 20), 0, 10 * SECOND));
    assertThat(transferMillis(without.requests(), 1)).isEqualTo(transferMillis(table, 0));
  }

  @Test
  void kvTravelsAsFastAsTheLinkBetweenTheTwo() {
    Links links = new Links(List.of(new Links.Link("rack", 1)), 0.01);
    Map<String, List<String>> racks = Map.of("rack", List.of("a", "b"));
    Deployment deployment =
        deployment(
            rules(new Disaggregation(When.ALWAYS, 0, 1, 0, 0, links, 1)),
            new Pool(Role.PREFILL, 2, setup(1_000, false, true), new Wiring(100_000, racks)),
            new Pool(Role.DECODE, 2, setup(1_000, false, true), new Wiring(0, racks)));

    RunRecord run = run(deployment, prompts(100, 1, 5));

    RequestTable table = run.requests();
    int near = 0;
    for (int request = 0; request < table.size(); request++) {
      boolean sameRack =
          worker(run, table.promptTarget(request)).endsWith("0")
              == worker(run, table.decodeTarget(request)).endsWith("0");
      double blocks = (transferMillis(table, request) - 3) / (sameRack ? 0.1 : 10);
      assertThat(blocks)
          .as("request %d, whole blocks of 0.1 MB at 1 or 0.01 GB/s", request)
          .isCloseTo(Math.rint(blocks), within(1e-3))
          .isBetween(0.999, table.blocks(request) + 1.001);
      near += sameRack ? 1 : 0;
    }
    assertThat(near).as("pairs of one rack").isGreaterThan(80);
  }

  @Test
  void aDecodeWorkerComputesOnlyWhatItDoesNotHold() {
    Deployment deployment = one(When.EFFECTIVE_ISL, 100, true);

    RunRecord run = run(deployment, at(prompt(1, 20), 0, 10 * SECOND));

    RequestTable table = run.requests();
    assertThat(worker(run, table.promptTarget(0))).startsWith("prefill");
    assertThat(worker(run, table.promptTarget(1))).startsWith("decode");
    assertThat(table.cachedBlocks(1)).isEqualTo(20);
    assertThat(table.expectedBlocks(1)).isEqualTo(20);
    assertThat((table.promptEndNanos(1) - table.promptStartNanos(1)) / 1e6)
        .isCloseTo(10 + 0.1 * 10, within(1e-6));
  }

  @Test
  void aStepThatComputesAPromptTakesNoLessThanAStepOfDecodeWorkers() {
    Deployment deployment = one(When.LOCAL_PREFILL_LENGTH, 100, false);
    // The first decodes when the second comes, and both go on in one step.
    List<LoadRequest> requests =
        List.of(
            new LoadRequest(0, prompt(1, 20), 50, "", 0),
            new LoadRequest(400_000_000, prompt(2, 1), 1, "", 0));

    RequestTable table = run(deployment, requests).requests();

    double prompt = 10 + 0.1 * (BLOCK_SIZE + 10);
    assertThat((table.promptEndNanos(1) - table.promptStartNanos(1)) / 1e6)
        .as("no less than the decode step of decode workers, 20 ms, not 99")
        .isCloseTo(Math.max(20, prompt), within(1e-6));
    assertThat(table.tpotMs(0)).isCloseTo(20, within(1e-6));
  }

  @Test
  void decodeWorkersServeAloneWhenThePrefillWorkersAreGone() {
    List<Failure> failures =
        List.of(
            new Failure(Role.PREFILL, 0, SECOND, Failure.FOR_GOOD),
            new Failure(Role.PREFILL, 1, SECOND, Failure.FOR_GOOD));
    RouterRules never = rules(When.LOCAL_PREFILL_LENGTH, 0);

    RunRecord run = run(deployment(never, 1_000, false, failures), prompts(100, 1, 20));

    RequestTable table = run.requests();
    for (int request = 0; request < table.size(); request++) {
      assertThat(table.status(request)).isEqualTo(Status.OK);
      if (table.arrivalNanos(request) > SECOND) {
        assertThat(worker(run, table.promptTarget(request))).startsWith("decode");
      }
    }
    assertThat(summary(run).restarts()).isPositive();
    RunRecord always =
        run(deployment(RouterRules.NONE, 1_000, false, failures), prompts(100, 1, 20));
    assertThat(always.requests().status(99)).isEqualTo(Status.NO_TARGET);
  }

  @Test
  void preemptedAnswersAreComputedAnewWhereTheyDecode() {
    for (long seed = 1; seed <= 10; seed++) {
      Deployment deployment = deployment(RouterRules.NONE, 60, true, List.of());

      RunRecord run = run(deployment, prompts(150, seed, 120));

      RunSummary summary = summary(run);
      assertThat(summary.preemptions()).as("seed %d", seed).isPositive();
      assertThat(summary.refused()).as("seed %d", seed).isZero();
      assertThat(summary.localPrefills()).as("seed %d", seed).isZero();
      assertThat(summary.pools().getLast().prefillSteps()).as("seed %d", seed).isPositive();
    }
  }

  @Test
  void everyRequestIsAnsweredByAWorkerThatLivesThoughWorkersOfBothPoolsDie() {
    List<Failure> failures =
        List.of(
            new Failure(Role.PREFILL, 0, SECOND, SECOND),
            new Failure(Role.DECODE, 1, 2 * SECOND, SECOND));
    for (When when : When.values()) {
      for (long seed = 1; seed <= 5; seed++) {
        Deployment deployment = deployment(rules(when, 500), 5_000, true, failures);

        RunRecord run = run(deployment, prompts(200, seed, 60));

        RunSummary summary = summary(run);
        assertThat(summary.refused()).as("%s, seed %d", when, seed).isZero();
        assertThat(summary.restarts()).as("%s, seed %d", when, seed).isPositive();
        assertThat(summary.localPrefills() > 0).isEqualTo(when != When.ALWAYS);
        assertNobodyIsServedByTheDead(run, failures);
      }
    }
  }

  @Test
  void whoseDecodeWorkerDiesDuringThePrefillStartsAnew() {
    List<Failure> failures = List.of(new Failure(Role.DECODE, 0, 50_000_000, 10 * SECOND));
    Deployment deployment = deployment(RouterRules.NONE, 1_000, false, failures);

    RunRecord run = run(deployment, at(prompt(1, 20), 0, 0, 0, 0));

    RequestTable table = run.requests();
    assertThat(summary(run).restarts()).isPositive();
    for (int request = 0; request < 4; request++) {
      assertThat(table.status(request)).isEqualTo(Status.OK);
      assertThat(worker(run, table.decodeTarget(request))).isEqualTo("decode-00001");
    }
  }

  @Test
  void targetsKeepTheirNamesThoughOthersTakeTheirSlots() {
    List<Failure> failures =
        List.of(
            new Failure(Role.PREFILL, 0, SECOND, 3 * SECOND),
            new Failure(Role.DECODE, 0, 2 * SECOND, SECOND));

    RunRecord run = run(deployment(RouterRules.NONE, 5_000, false, failures), prompts(300, 1, 20));

    assertThat(run.targets()).doesNotHaveDuplicates().hasSize(4);
    for (int request = 0; request < run.requests().size(); request++) {
      assertThat(worker(run, run.requests().promptTarget(request))).startsWith("prefill");
      assertThat(worker(run, run.requests().decodeTarget(request))).startsWith("decode");
    }
    assertNobodyIsServedByTheDead(run, failures);
  }

  private static void assertNobodyIsServedByTheDead(RunRecord run, List<Failure> failures) {
    RequestTable table = run.requests();
    for (Failure failure : failures) {
      String dead = "%s-%05d".formatted(Pool.name(failure.role()), failure.worker());
      for (int request = 0; request < table.size(); request++) {
        long nanos =
            failure.role() == Role.DECODE
                ? table.firstTokenNanos(request)
                : table.promptEndNanos(request);
        int target =
            failure.role() == Role.DECODE
                ? table.decodeTarget(request)
                : table.promptTarget(request);
        boolean down = nanos > failure.atNanos() && nanos < failure.atNanos() + failure.downNanos();
        assertThat(down && worker(run, target).equals(dead)).as("request %d", request).isFalse();
      }
    }
  }

  private static Deployment one(When when, int tokens, boolean reuse) {
    return deployment(
        rules(when, tokens),
        new Pool(Role.PREFILL, 1, setup(1_000, false, false)),
        new Pool(Role.DECODE, 1, setup(1_000, false, reuse)));
  }

  private static Deployment withoutDecodeCaches(RouterRules rules) {
    return deployment(
        rules,
        new Pool(Role.PREFILL, 2, setup(1_000, false, true)),
        new Pool(Role.DECODE, 2, setup(1_000, false, false)));
  }

  private static Deployment deployment(RouterRules rules, Pool... pools) {
    return new Deployment(ENGINE, List.of(pools), EventFaults.NONE, rules, List.of(), Sla.NONE);
  }

  /** Two workers of each, all with a cache. */
  private static Deployment deployment(
      RouterRules rules, int decodeBlocks, boolean preemption, List<Failure> failures) {
    return new Deployment(
        ENGINE,
        List.of(
            new Pool(Role.PREFILL, 2, setup(1_000, false, true)),
            new Pool(Role.DECODE, 2, setup(decodeBlocks, preemption, true))),
        EventFaults.NONE,
        rules,
        failures,
        Sla.NONE);
  }

  private static PoolDefaults setup(int kvBlocks, boolean preemption, boolean reuse) {
    RankLimits limits = new RankLimits(64, STEP_TOKENS, 8, BLOCK_SIZE, kvBlocks, preemption);
    return new PoolDefaults(1, 1, limits, reuse, false, Offload.NONE);
  }

  private static RouterRules rules(When when, int tokens) {
    return rules(new Disaggregation(when, tokens, 1_000, tokens, 1, Links.FREE, 1));
  }

  private static RouterRules rules(Disaggregation disaggregation) {
    RouterRules none = RouterRules.NONE;
    return new RouterRules(
        none.requiredLabels(),
        none.preferences(),
        none.temperature(),
        none.affinity(),
        none.sessionTtlNanos(),
        none.limits(),
        none.waiting(),
        disaggregation);
  }

  private static RunRecord run(Deployment deployment, List<LoadRequest> requests) {
    ServingRun serving = new ServingRun(deployment, Policies.KV, 1);
    return serving.run(new OpenLoop(requests.iterator(), new Timing.ByTimestamp(1)), _ -> {});
  }

  private static RunSummary summary(RunRecord run) {
    return RunSummary.of(run, 0, 0, 0, Sla.NONE);
  }

  private static String worker(RunRecord run, int slot) {
    return run.targets().get(slot).worker();
  }

  private static double transferMillis(RequestTable table, int request) {
    return (table.readyNanos(request) - table.promptEndNanos(request)) / 1e6;
  }

  /** Forty a second, of 1 to 20 blocks; some begin alike. */
  private static List<LoadRequest> prompts(int count, long seed, int outputTokens) {
    SplittableRandom random = new SplittableRandom(seed);
    List<LoadRequest> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Prompt prompt = prompt(random.nextInt(40), 1 + random.nextInt(20));
      all.add(new LoadRequest(i * SECOND / 40, prompt, outputTokens, "", 0));
    }
    return all;
  }

  private static List<LoadRequest> at(Prompt prompt, long... nanos) {
    return IntStream.range(0, nanos.length)
        .mapToObj(i -> new LoadRequest(nanos[i], prompt, 5, "", 0))
        .toList();
  }

  private static Prompt prompt(long first, int blocks) {
    long[] localHashes = new long[blocks];
    for (int block = 0; block < blocks; block++) {
      localHashes[block] = 1_000 * first + block + 1;
    }
    return new Prompt(blocks * BLOCK_SIZE + 10, localHashes);
  }
}
