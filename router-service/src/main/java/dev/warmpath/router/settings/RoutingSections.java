package dev.warmpath.router.settings;

import dev.warmpath.router.route.ChoiceRules;
import dev.warmpath.router.route.Disaggregation;
import dev.warmpath.router.route.Disaggregation.When;
import dev.warmpath.router.route.Links;
import dev.warmpath.router.route.LoadLimits;
import dev.warmpath.router.route.Preference;
import dev.warmpath.router.route.SessionAffinity;
import dev.warmpath.router.route.WaitingLimits;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Reads what routing settings and the routers of simulated deployments have in common, each from
 * the mapping around it. What is not named there is as in the defaults. Complaints are {@link
 * YamlException}s. Stateless; any thread.
 */
public final class RoutingSections {
  private static final String REQUIRED_LABELS = "required_labels";
  private static final String PREFERRED_LABELS = "preferred_labels";

  /** Names of the fields that both have. */
  public static final List<String> FIELDS =
      List.of(
          REQUIRED_LABELS,
          PREFERRED_LABELS,
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
  private static final String MAX_REQUESTS = "max_requests";
  private static final String MAX_WAIT = "max_wait_ms";
  private static final String LINKS = "links";
  private static final String FAR = "far_gigabytes_per_second";
  private static final List<String> DISAGGREGATION =
      List.of(
          "when",
          "max_local_prefill_length",
          "max_prefill_queue_size",
          "effective_isl_tokens",
          "effective_isl_ratio",
          "decode_ms_per_block",
          LINKS,
          FAR);
  private static final List<String> LINK = List.of("label", "gigabytes_per_second");
  private static final List<String> PREFERENCE = List.of("name", "value", "weight");
  private static final double NANOS_PER_MILLI = 1e6;
  private static final double NANOS_PER_SECOND = 1e9;

  /** A year. */
  private static final double MAX_SESSION_TTL_SECONDS = 31_536_000;

  private RoutingSections() {}

  /** Field {@code temperature}, 0 to {@link ChoiceRules#MAX_TEMPERATURE}. */
  public static double temperature(YamlFields around, double defaults) {
    return around.number("temperature", defaults, 0, ChoiceRules.MAX_TEMPERATURE);
  }

  /** Field {@code session_affinity}. */
  public static SessionAffinity affinity(YamlFields around, SessionAffinity defaults) {
    List<String> words =
        Arrays.stream(SessionAffinity.values()).map(RoutingSections::word).toList();
    String word = around.word("session_affinity", word(defaults), words);
    return SessionAffinity.valueOf(word.toUpperCase(Locale.ROOT));
  }

  private static String word(SessionAffinity affinity) {
    return affinity.name().toLowerCase(Locale.ROOT);
  }

  /** Field {@code session_ttl_seconds}, a second to a year, in nanoseconds. */
  public static long sessionTtlNanos(YamlFields around, long defaults) {
    return around.has("session_ttl_seconds")
        ? Math.round(
            around.number("session_ttl_seconds", 0, 1, MAX_SESSION_TTL_SECONDS) * NANOS_PER_SECOND)
        : defaults;
  }

  /** Section {@code limits}. */
  public static LoadLimits limits(YamlFields around, LoadLimits defaults) {
    if (!around.has("limits")) {
      return defaults;
    }
    YamlFields fields = around.mapping("limits", LIMITS);
    return new LoadLimits(
        fields.aboveZero("max_kv_share", defaults.maxKvShare()),
        fields.whole(
            "max_queued_prefill_tokens",
            defaults.maxQueuedPrefillTokens(),
            0,
            LoadLimits.NONE.maxQueuedPrefillTokens()),
        fields.aboveZero("max_queued_prefill_steps", defaults.maxQueuedPrefillSteps()),
        fields.aboveZero("max_batch_share", defaults.maxBatchShare()));
  }

  /**
   * Section {@code waiting}. With the defaults, requests that may wait have a time for which they
   * may; a time alone is a mistake, {@code max_requests: 0} is not.
   */
  public static WaitingLimits waiting(YamlFields around, WaitingLimits defaults) {
    if (!around.has("waiting")) {
      return defaults;
    }
    YamlFields fields = around.mapping("waiting", List.of(MAX_REQUESTS, MAX_WAIT));
    int requests =
        (int) fields.whole(MAX_REQUESTS, defaults.maxRequests(), 0, WaitingLimits.MAX_REQUESTS);
    long nanos =
        fields.has(MAX_WAIT)
            ? Math.round(
                fields.number(MAX_WAIT, 0, 0, (double) WaitingLimits.MAX_WAIT.toMillis())
                    * NANOS_PER_MILLI)
            : defaults.maxWaitNanos();
    if (requests > 0 && nanos == 0) {
      throw fields.complaint(
          MAX_WAIT, "must be given and above 0 beside %s %d".formatted(MAX_REQUESTS, requests));
    }
    if (requests == 0 && !fields.has(MAX_REQUESTS)) {
      throw fields.complaint(MAX_REQUESTS, "is missing");
    }
    return new WaitingLimits(requests, nanos);
  }

  /** Section {@code disaggregation}, with its links. */
  public static Disaggregation disaggregation(YamlFields around, Disaggregation defaults) {
    if (!around.has("disaggregation")) {
      return defaults;
    }
    YamlFields fields = around.mapping("disaggregation", DISAGGREGATION);
    return new Disaggregation(
        When.of(fields.word("when", defaults.when().word(), When.words())),
        fields.count("max_local_prefill_length", defaults.maxLocalPrefillTokens(), 0),
        fields.count("max_prefill_queue_size", defaults.maxPrefillQueue(), 1),
        fields.count("effective_isl_tokens", defaults.effectiveIslTokens(), 0),
        fields.number("effective_isl_ratio", defaults.effectiveIslRatio(), 0, 1),
        links(fields, defaults.links()),
        fields.number(
            "decode_ms_per_block", defaults.decodeMillisPerBlock(), 0, Integer.MAX_VALUE));
  }

  private static Links links(YamlFields fields, Links defaults) {
    List<Links.Link> near = fields.has(LINKS) ? near(fields) : defaults.near();
    double far = fields.aboveZero(FAR, defaults.farGigabytesPerSecond());
    if (!near.isEmpty() && Double.isInfinite(far)) {
      throw fields.complaint(FAR, "is missing beside links");
    }
    return new Links(near, far);
  }

  private static List<Links.Link> near(YamlFields fields) {
    List<Links.Link> near = new ArrayList<>();
    for (YamlFields link : fields.mappings(LINKS, LINK)) {
      String label = link.text("label");
      if (near.stream().anyMatch(before -> before.label().equals(label))) {
        throw link.wrong("label", "that of one link alone");
      }
      near.add(new Links.Link(label, link.aboveZero("gigabytes_per_second")));
    }
    return near;
  }

  /** Section {@code required_labels}: labels that a worker must have, each with its value. */
  public static Map<String, String> requiredLabels(
      YamlFields around, Map<String, String> defaults) {
    return around.has(REQUIRED_LABELS) ? around.textsByName(REQUIRED_LABELS) : defaults;
  }

  /** List {@code preferred_labels}: labels that a worker should have. */
  public static List<Preference> preferredLabels(YamlFields around, List<Preference> defaults) {
    return around.has(PREFERRED_LABELS)
        ? around.mappings(PREFERRED_LABELS, PREFERENCE).stream()
            .map(RoutingSections::preference)
            .toList()
        : defaults;
  }

  private static Preference preference(YamlFields fields) {
    return new Preference(
        fields.text("name"),
        fields.textOrEmpty("value"),
        fields.aboveZero("weight", 1, Preference.MAX_WEIGHT));
  }
}
