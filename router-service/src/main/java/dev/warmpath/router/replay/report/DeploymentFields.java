package dev.warmpath.router.replay.report;

import dev.warmpath.router.replay.deploy.Deployment;
import dev.warmpath.router.replay.deploy.Failure;
import dev.warmpath.router.replay.deploy.Pool;
import dev.warmpath.router.replay.deploy.RouterRules;
import dev.warmpath.router.replay.deploy.Sla;
import dev.warmpath.router.replay.deploy.Wiring;
import dev.warmpath.router.replay.engine.OffloadTier;
import dev.warmpath.router.replay.engine.RankLimits;
import dev.warmpath.router.route.Disaggregation;
import dev.warmpath.router.route.Links;
import dev.warmpath.router.route.LoadLimits;
import dev.warmpath.router.route.Preference;
import dev.warmpath.router.route.SessionAffinity;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A {@link Deployment} as fields of JSON, all values with those that were given by nobody: the
 * fields of a deployment file, which can be made from it. What has no limit is left out.
 */
public final class DeploymentFields {
  private static final double NANOS_PER_MILLI = 1e6;
  private static final double NANOS_PER_SECOND = 1e9;

  private DeploymentFields() {}

  /** The fields; the engine by its name. */
  public static Map<String, Object> of(Deployment deployment) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("engine", deployment.engine().name());
    fields.put(
        "pools",
        deployment.pools().stream()
            .collect(
                Collectors.toMap(
                    Pool::name, DeploymentFields::pool, (one, _) -> one, LinkedHashMap::new)));
    Map<String, Object> router = new LinkedHashMap<>();
    router.put("event_delay_ms", deployment.events().delayNanos() / NANOS_PER_MILLI);
    router.put("event_loss", deployment.events().lossShare());
    putRules(router, deployment.rules());
    fields.put("router", router);
    if (!deployment.failures().isEmpty()) {
      fields.put(
          "failures", deployment.failures().stream().map(DeploymentFields::failure).toList());
    }
    if (deployment.sla().isGiven()) {
      fields.put("sla", sla(deployment.sla()));
    }
    return fields;
  }

  private static void putRules(Map<String, Object> router, RouterRules rules) {
    if (!rules.requiredLabels().isEmpty()) {
      router.put("required_labels", new TreeMap<>(rules.requiredLabels()));
    }
    if (!rules.preferences().isEmpty()) {
      router.put(
          "preferred_labels",
          rules.preferences().stream().map(DeploymentFields::preference).toList());
    }
    router.put("temperature", rules.temperature());
    router.put("session_affinity", rules.affinity().name().toLowerCase(Locale.ROOT));
    if (rules.affinity() != SessionAffinity.OFF) {
      router.put("session_ttl_seconds", rules.sessionTtlNanos() / NANOS_PER_SECOND);
    }
    LoadLimits limits = rules.limits();
    Map<String, Object> given = new LinkedHashMap<>();
    putLimit(given, "max_kv_share", limits.maxKvShare());
    if (limits.maxQueuedPrefillTokens() != LoadLimits.NONE.maxQueuedPrefillTokens()) {
      given.put("max_queued_prefill_tokens", limits.maxQueuedPrefillTokens());
    }
    putLimit(given, "max_queued_prefill_steps", limits.maxQueuedPrefillSteps());
    putLimit(given, "max_batch_share", limits.maxBatchShare());
    if (!given.isEmpty()) {
      router.put("limits", given);
    }
    if (rules.waiting().allowWaiting()) {
      Map<String, Object> waiting = new LinkedHashMap<>();
      waiting.put("max_requests", rules.waiting().maxRequests());
      waiting.put("max_wait_ms", rules.waiting().maxWaitNanos() / NANOS_PER_MILLI);
      router.put("waiting", waiting);
    }
    if (!rules.disaggregation().equals(Disaggregation.ALWAYS)) {
      router.put("disaggregation", disaggregation(rules.disaggregation()));
    }
  }

  private static Map<String, Object> preference(Preference preference) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("name", preference.name());
    fields.put("value", preference.value());
    fields.put("weight", preference.weight());
    return fields;
  }

  private static Map<String, Object> disaggregation(Disaggregation disaggregation) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("when", disaggregation.when().word());
    fields.put("max_local_prefill_length", disaggregation.maxLocalPrefillTokens());
    fields.put("max_prefill_queue_size", disaggregation.maxPrefillQueue());
    fields.put("effective_isl_tokens", disaggregation.effectiveIslTokens());
    fields.put("effective_isl_ratio", disaggregation.effectiveIslRatio());
    fields.put("decode_ms_per_block", disaggregation.decodeMillisPerBlock());
    if (!disaggregation.links().free()) {
      fields.put(
          "links", disaggregation.links().near().stream().map(DeploymentFields::link).toList());
      putLimit(fields, "far_gigabytes_per_second", disaggregation.links().farGigabytesPerSecond());
    }
    return fields;
  }

  private static Map<String, Object> link(Links.Link link) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("label", link.label());
    putLimit(fields, "gigabytes_per_second", link.gigabytesPerSecond());
    return fields;
  }

  private static Map<String, Object> pool(Pool pool) {
    Map<String, Object> fields = new LinkedHashMap<>();
    RankLimits limits = pool.setup().limits();
    fields.put("workers", pool.workers());
    fields.put("ranks", pool.setup().ranks());
    fields.put("tp", pool.setup().tp());
    putLimit(fields, "slots", limits.slots());
    putLimit(fields, "step_tokens", limits.stepTokens());
    putLimit(fields, "prompts_per_step", limits.promptsPerStep());
    fields.put("block_size", limits.blockSize());
    putLimit(fields, "kv_blocks", limits.kvBlocks());
    fields.put("preemption", limits.preemption());
    fields.put("reuse", pool.setup().reuse());
    fields.put("shared_queue", pool.setup().sharedQueue());
    for (OffloadTier tier : pool.setup().offload().tiers()) {
      fields.put(tier.blocksField(), tier.blocks());
      fields.put(tier.fetchField(), tier.fetchMillisPerBlock());
    }
    Wiring wiring = pool.wiring();
    if (wiring.kvBytesPerBlock() > 0) {
      fields.put("kv_bytes_per_block", wiring.kvBytesPerBlock());
    }
    if (!wiring.labels().isEmpty()) {
      fields.put("labels", new TreeMap<>(wiring.labels()));
    }
    return fields;
  }

  private static void putLimit(Map<String, Object> fields, String name, int limit) {
    if (limit != RankLimits.UNLIMITED) {
      fields.put(name, limit);
    }
  }

  private static Map<String, Object> failure(Failure failure) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("pool", Pool.name(failure.role()));
    fields.put("worker", failure.worker());
    fields.put("at_s", failure.atNanos() / NANOS_PER_SECOND);
    if (failure.downNanos() != Failure.FOR_GOOD) {
      fields.put("for_s", failure.downNanos() / NANOS_PER_SECOND);
    }
    return fields;
  }

  private static Map<String, Object> sla(Sla sla) {
    Map<String, Object> fields = new LinkedHashMap<>();
    putLimit(fields, "ttft_ms", sla.ttftMs());
    putLimit(fields, "tpot_ms", sla.tpotMs());
    putLimit(fields, "e2e_ms", sla.e2eMs());
    return fields;
  }

  private static void putLimit(Map<String, Object> fields, String name, double limit) {
    if (limit != Double.POSITIVE_INFINITY) {
      fields.put(name, limit);
    }
  }
}
