package dev.warmpath.router.replay.deploy;

import dev.warmpath.router.route.Disaggregation;
import dev.warmpath.router.route.Disaggregation.When;
import dev.warmpath.router.route.Links;
import dev.warmpath.router.route.LoadLimits;
import dev.warmpath.router.route.SessionAffinity;
import dev.warmpath.router.route.WaitingLimits;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Reads the router of a {@link Deployment}; fields mean what they mean in the routing settings. */
final class RouterYaml {
  static final List<String> FIELDS =
      List.of(
          "policies",
          "event_delay_ms",
          "event_loss",
          "temperature",
          "session_affinity",
          "session_ttl_seconds",
          "limits",
          "waiting",
          "disaggregation");
  private static final List<String> LIMITS =
      List.of(
          "max_kv_share",
          "max_queued_prefill_tokens",
          "max_queued_prefill_steps",
          "max_batch_share");
  private static final List<String> WAITING = List.of("max_requests", "max_wait_ms");
  private static final List<String> DISAGGREGATION =
      List.of(
          "when",
          "max_local_prefill_length",
          "max_prefill_queue_size",
          "effective_isl_tokens",
          "effective_isl_ratio",
          "decode_ms_per_block",
          "links",
          "far_gigabytes_per_second");
  private static final List<String> LINK = List.of("label", "gigabytes_per_second");
  private static final double NANOS_PER_MILLI = 1e6;
  private static final double NANOS_PER_SECOND = 1e9;

  private RouterYaml() {}

  static EventFaults faults(YamlFields router) {
    return new EventFaults(
        Math.round(router.number("event_delay_ms", 0) * NANOS_PER_MILLI),
        router.number("event_loss", 0));
  }

  static RouterRules rules(YamlFields router) {
    RouterRules none = RouterRules.NONE;
    LoadLimits limits = none.limits();
    if (router.has("limits")) {
      YamlFields fields = router.mapping("limits", LIMITS);
      limits = fields.value(() -> limits(fields));
    }
    WaitingLimits waiting = none.waiting();
    if (router.has("waiting")) {
      YamlFields fields = router.mapping("waiting", WAITING);
      waiting = fields.value(() -> waiting(fields));
    }
    Disaggregation disaggregation = none.disaggregation();
    if (router.has("disaggregation")) {
      YamlFields fields = router.mapping("disaggregation", DISAGGREGATION);
      disaggregation = fields.value(() -> disaggregation(fields));
    }
    return new RouterRules(
        router.number("temperature", none.temperature()),
        affinity(router, none.affinity()),
        Math.round(
            router.number("session_ttl_seconds", none.sessionTtlNanos() / NANOS_PER_SECOND)
                * NANOS_PER_SECOND),
        limits,
        waiting,
        disaggregation);
  }

  private static SessionAffinity affinity(YamlFields router, SessionAffinity absent) {
    List<String> words = Arrays.stream(SessionAffinity.values()).map(RouterYaml::word).toList();
    return SessionAffinity.valueOf(
        router.oneOf("session_affinity", word(absent), words).toUpperCase(Locale.ROOT));
  }

  private static String word(SessionAffinity affinity) {
    return affinity.name().toLowerCase(Locale.ROOT);
  }

  private static LoadLimits limits(YamlFields fields) {
    LoadLimits none = LoadLimits.NONE;
    return new LoadLimits(
        fields.number("max_kv_share", none.maxKvShare()),
        fields.has("max_queued_prefill_tokens")
            ? fields.whole("max_queued_prefill_tokens", 0, null)
            : none.maxQueuedPrefillTokens(),
        fields.number("max_queued_prefill_steps", none.maxQueuedPrefillSteps()),
        fields.number("max_batch_share", none.maxBatchShare()));
  }

  private static WaitingLimits waiting(YamlFields fields) {
    if (!fields.has("max_wait_ms")) {
      throw new IllegalArgumentException("max_wait_ms is missing beside max_requests");
    }
    return new WaitingLimits(
        fields.whole("max_requests", 0, null),
        Math.round(fields.number("max_wait_ms", 0) * NANOS_PER_MILLI));
  }

  private static Disaggregation disaggregation(YamlFields fields) {
    Disaggregation usual = Disaggregation.ALWAYS;
    return new Disaggregation(
        When.of(fields.oneOf("when", usual.when().word(), When.words())),
        fields.whole("max_local_prefill_length", 0, usual.maxLocalPrefillTokens()),
        fields.whole("max_prefill_queue_size", 1, usual.maxPrefillQueue()),
        fields.whole("effective_isl_tokens", 0, usual.effectiveIslTokens()),
        fields.number("effective_isl_ratio", usual.effectiveIslRatio()),
        links(fields),
        fields.number("decode_ms_per_block", usual.decodeMillisPerBlock()));
  }

  private static Links links(YamlFields fields) {
    double anySpeed = Links.FREE.farGigabytesPerSecond();
    List<Links.Link> near =
        fields.mappings("links", LINK).stream()
            .map(link ->
                link.value(() ->
                    new Links.Link(
                        link.text("label"), link.number("gigabytes_per_second", anySpeed))))
            .toList();
    return new Links(near, fields.number("far_gigabytes_per_second", anySpeed));
  }
}
