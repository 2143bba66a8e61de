package dev.warmpath.router.replay.report;

import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.replay.serve.RunRecord.PoolUse;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What a run means, in four lines: bottleneck, utilisation, hit rate, overload. */
final class Judgement {
  private static final double FULL = 0.9;

  private Judgement() {}

  static List<String> of(RunSummary run) {
    return List.of(
        "bottleneck: " + bottleneck(run),
        "utilisation: "
            + run.pools().stream().map(Judgement::use).collect(Collectors.joining("; ")),
        hitRate(run),
        overload(run));
  }

  private static String bottleneck(RunSummary run) {
    for (PoolUse use : run.pools()) {
      if (use.decodeSlotsShare() >= FULL) {
        return "the slots of the %s workers: more slots or workers are needed before more speed"
            .formatted(use.pool().name());
      }
    }
    for (PoolUse use : run.pools()) {
      if (use.pool().role() == Role.PREFILL && use.busyShare() >= FULL) {
        return "the prefill workers: %s of the time to first token is waiting for them"
            .formatted(percent(run.parts().queue() / run.ttft().mean()));
      }
      if (use.pool().role() == Role.AGGREGATED && run.parts().queue() > run.parts().prefill()) {
        return "the aggregated workers: prompts wait longer than they are computed";
      }
    }
    return "none: %s, and less than %s of the slots decode"
        .formatted(promptsPass(run), percent(FULL));
  }

  private static String promptsPass(RunSummary run) {
    boolean apart = run.pools().stream().anyMatch(use -> use.pool().role() == Role.PREFILL);
    return apart
        ? "prefill workers step less than %s of the time".formatted(percent(FULL))
        : "prompts wait no longer than they are computed";
  }

  private static String use(PoolUse use) {
    String slots =
        use.pool().role() == Role.PREFILL
            ? ""
            : ", %s of their slots decode".formatted(percent(use.decodeSlotsShare()));
    return "%s workers step %s of the time%s"
        .formatted(use.pool().name(), percent(use.busyShare()), slots);
  }

  private static String hitRate(RunSummary run) {
    if (run.hits().ceiling() == 0) {
      return "cache: no two prompts share a prefix";
    }
    String tiers =
        run.offloads()
            ? " (%s on device, %s on host, %s on disk)"
                .formatted(
                    percent(run.hits().device()),
                    percent(run.hits().host()),
                    percent(run.hits().disk()))
            : "";
    return "cache: %s of the blocks were hits%s, %s with a cache without end"
        .formatted(percent(run.hits().blocks()), tiers, percent(run.hits().ceiling()));
  }

  private static String overload(RunSummary run) {
    if (run.overloaded()) {
      return "OVERLOADED: TTFT grows with the length of the run, do not quote it; req/s and TPOT"
          + " hold";
    }
    return run.refusals().forLoad() > 0
        ? "load: MORE THAN IS SERVED, %s of the requests were refused; latencies are of the others"
            .formatted(run.refusedText(1))
        : "load: " + (run.concurrency() > 0 ? "a closed loop cannot overload" : "it keeps up");
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }
}
