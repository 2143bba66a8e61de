package dev.warmpath.router.replay.report;

import dev.warmpath.router.replay.deploy.Deployment;
import dev.warmpath.router.replay.engine.Provenance;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * What a simulation found, with all that it rests on.
 *
 * @param version of the program
 * @param inputs every input by name, as given or by default
 * @param calibration where the engine's constants come from
 * @param deployment what served
 * @param load the requests, in one line
 * @param badLines lines of the trace that were left out
 * @param runs one entry a policy, or a policy and concurrency, in the order asked for
 */
public record SimulationReport(
    String version,
    SequencedMap<String, String> inputs,
    Provenance calibration,
    Deployment deployment,
    String load,
    long badLines,
    List<RunSummary> runs) {
  public SimulationReport {
    inputs = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(inputs));
    runs = List.copyOf(runs);
  }

  /** GPU hours of a run. */
  public double gpuHours(RunSummary run) {
    return deployment.gpus() * run.seconds() / 3_600;
  }
}
