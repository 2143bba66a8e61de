package dev.warmpath.router.replay.calibrate;

import dev.warmpath.router.replay.deploy.Sla;
import dev.warmpath.router.replay.engine.EngineModel;
import dev.warmpath.router.replay.engine.OutputLengths;
import dev.warmpath.router.replay.load.Synthetic;
import dev.warmpath.router.replay.report.RunSummary;
import dev.warmpath.router.replay.serve.ServingRun;
import dev.warmpath.router.replay.study.Metric;
import dev.warmpath.router.route.Policy;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.function.Supplier;

/**
 * Plays measured closed loops on an engine: a warm-up of twice as many requests as clients,
 * drained, then ten times as many. Any thread.
 *
 * @param policy makes the router's policy for a run
 * @param measuredAnswers whether answers are as long on average as a row's latencies have it, and
 *     not as the engine's benchmark or the length asked for
 * @param metrics what is compared
 * @param seed where all chance comes from
 */
record LoopPlayer(
    Supplier<Policy> policy, boolean measuredAnswers, List<Metric> metrics, long seed) {
  private static final int WARMUPS = 2;
  private static final int COUNTS = 10;

  /** Answers closer to what was asked for than this share count as asked for. */
  private static final double AS_ASKED = 0.01;

  /** Simulated over measured, by metric, for the figures that each row has. */
  SequencedMap<String, List<Double>> ratios(EngineModel engine, List<MeasuredLoop> rows) {
    List<RunSummary> runs = rows.parallelStream().map(row -> play(engine, row)).toList();
    SequencedMap<String, List<Double>> ratios = new LinkedHashMap<>();
    for (Metric metric : metrics) {
      for (int i = 0; i < rows.size(); i++) {
        OptionalDouble measured = rows.get(i).figure(metric.key());
        if (measured.isPresent()) {
          ratios
              .computeIfAbsent(metric.key(), _ -> new ArrayList<>())
              .add(metric.of().applyAsDouble(runs.get(i)) / measured.getAsDouble());
        }
      }
    }
    return ratios;
  }

  private RunSummary play(EngineModel engine, MeasuredLoop row) {
    ServingRun serving = new ServingRun(row.deployment().withEngine(engine), policy.get(), seed);
    Synthetic load = load(engine, row);
    int clients = row.concurrency();
    return RunSummary.of(
        serving.closedLoop(load, clients, WARMUPS * clients, COUNTS * clients, seed, _ -> {}),
        clients,
        0,
        engine.frontendMs(),
        Sla.NONE);
  }

  private Synthetic load(EngineModel engine, MeasuredLoop row) {
    int asked = row.outputTokens();
    OutputLengths lengths = engine.outputLengths(asked);
    OptionalDouble mean = row.meanAnswer();
    if (measuredAnswers && mean.isPresent()) {
      double deviation = lengths == null ? 0 : lengths.deviation();
      lengths =
          mean.getAsDouble() > (1 - AS_ASKED) * asked
              ? null
              : new OutputLengths(asked, Math.max(1, mean.getAsDouble()), deviation);
    }
    return new Synthetic(row.inputTokens(), asked, lengths);
  }
}
