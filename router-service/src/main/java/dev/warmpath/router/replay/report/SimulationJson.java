package dev.warmpath.router.replay.report;

import dev.warmpath.router.replay.engine.OffloadTier;
import dev.warmpath.router.replay.engine.Provenance;
import dev.warmpath.router.replay.serve.RunRecord.PoolUse;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** A {@link SimulationReport} as JSON; names carry the units, rates and shares are from 0 to 1. */
public final class SimulationJson {
  private SimulationJson() {}

  /**
   * One JSON object, ending with a line end.
   *
   * @param runsName name of the list of runs
   */
  public static String json(SimulationReport report, String runsName) {
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("version", report.version());
    root.put("inputs", report.inputs());
    root.put("deployment", DeploymentFields.of(report.deployment()));
    root.put("calibration", calibration(report.calibration()));
    root.put("load", report.load());
    root.put("bad_lines", report.badLines());
    root.put("gpus", report.deployment().gpus());
    root.put(runsName, report.runs().stream().map(run -> run(report, run)).toList());
    JsonMapper mapper = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
    return mapper.writeValueAsString(root) + "\n";
  }

  private static Map<String, Object> calibration(Provenance provenance) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("source", provenance.source());
    fields.put("hold_out", provenance.holdOut());
    return fields;
  }

  private static Map<String, Object> run(SimulationReport report, RunSummary run) {
    Map<String, Object> fields = new LinkedHashMap<>();
    if (run.concurrency() > 0) {
      fields.put("concurrency", run.concurrency());
    }
    fields.put("policy", run.policy());
    fields.put("requests", run.requests());
    fields.put("refused", run.refused());
    fields.put("refused_share", run.refusedShare());
    if (report.deployment().rules().haveLimits()) {
      fields.put("refused_by", refusals(run.refusals()));
      fields.put("router_wait_ms", routerWait(run.routerWait()));
    }
    fields.put("restarts", run.restarts());
    if (report.deployment().isDisaggregated()) {
      fields.put("local_prefills", run.localPrefills());
    }
    fields.put("preemptions", run.preemptions());
    fields.put("duration_s", run.seconds());
    fields.put("requests_per_s", run.requestsPerSecond());
    fields.put("output_tokens_per_s", run.outputTokensPerSecond());
    fields.put("total_tokens_per_s", run.totalTokensPerSecond());
    fields.put("good_requests_per_s", run.goodRequestsPerSecond());
    fields.put("ttft_ms", distribution(run.ttft()));
    fields.put("tpot_ms", distribution(run.tpot()));
    fields.put("itl_ms", distribution(run.itl()));
    fields.put("e2e_ms", distribution(run.e2e()));
    fields.put("ttft_parts_ms", parts(run.parts()));
    fields.put("block_hit_rate", run.hits().blocks());
    if (run.offloads()) {
      fields.put("device_block_hit_rate", run.hits().device());
      fields.put("host_block_hit_rate", run.hits().host());
      fields.put("disk_block_hit_rate", run.hits().disk());
    }
    fields.put("token_hit_rate", run.hits().tokens());
    fields.put("ceiling_block_hit_rate", run.hits().ceiling());
    fields.put("overloaded", run.overloaded());
    fields.put("gpu_hours", report.gpuHours(run));
    fields.put("resyncs", run.resyncs());
    fields.put("pools", run.pools().stream().map(SimulationJson::pool).toList());
    fields.put("judgement", Judgement.of(run));
    return fields;
  }

  private static Map<String, Object> refusals(RunSummary.Refusals refusals) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("no_target", refusals.noTarget());
    fields.put("overloaded", refusals.overloaded());
    fields.put("queue_full", refusals.queueFull());
    fields.put("waited_too_long", refusals.waitedTooLong());
    return fields;
  }

  private static Map<String, Object> routerWait(RunSummary.RouterWait wait) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("requests", wait.requests());
    fields.put("mean", wait.meanMillis());
    fields.put("max", wait.maxMillis());
    return fields;
  }

  private static Map<String, Object> distribution(Distribution figures) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("mean", figures.mean());
    fields.put("p50", figures.p50());
    fields.put("p90", figures.p90());
    fields.put("p95", figures.p95());
    fields.put("p99", figures.p99());
    fields.put("max", figures.max());
    return fields;
  }

  private static Map<String, Object> parts(RunSummary.TtftParts parts) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("queue", parts.queue());
    fields.put("prefill", parts.prefill());
    fields.put("transfer", parts.transfer());
    fields.put("first_step", parts.firstStep());
    fields.put("frontend", parts.frontend());
    return fields;
  }

  private static Map<String, Object> pool(PoolUse use) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("role", use.pool().name());
    fields.put("workers", use.pool().workers());
    fields.put("ranks", use.pool().setup().ranks());
    fields.put("gpus", use.pool().gpus());
    for (OffloadTier tier : use.pool().setup().offload().tiers()) {
      fields.put(tier.blocksField(), tier.blocks());
      fields.put(tier.fetchField(), tier.fetchMillisPerBlock());
    }
    fields.put("busy_share", use.busyShare());
    fields.put("decode_slots_share", use.decodeSlotsShare());
    fields.put("prefill_steps", use.prefillSteps());
    fields.put("decode_steps", use.decodeSteps());
    fields.put("busiest_over_mean", use.busiestOverMean());
    return fields;
  }
}
