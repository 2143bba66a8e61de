package dev.warmpath.router.app;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import picocli.CommandLine.ParseResult;

/** Flags of {@code warmpath replay} that engines whose steps are modelled do not know. */
final class PlainEngineFlags {
  private static final String PLAIN_ONLY = "it needs a replay without --engine";

  /** What to use in place of each. */
  private static final SequencedMap<String, String> INSTEAD = instead();

  private PlainEngineFlags() {}

  private static SequencedMap<String, String> instead() {
    SequencedMap<String, String> flags = new LinkedHashMap<>();
    flags.put("--load", "use --speedup, or --open-loop poisson=RATE");
    flags.put("--prefill-rate", "use an --engine FILE with other step times");
    flags.put("--event-lag", "use --event-delay-ms");
    flags.put("--lost-events", "use event_loss in a --deployment");
    flags.put("--restarts", "use failures in a --deployment");
    flags.put("--slow-worker", PLAIN_ONLY);
    flags.put("--routers", PLAIN_ONLY);
    flags.put("--sync-lag", PLAIN_ONLY);
    flags.put("--approximate", PLAIN_ONLY);
    flags.put("--approximate-ttl-seconds", PLAIN_ONLY);
    return flags;
  }

  /** The flags. */
  static Set<String> names() {
    return INSTEAD.keySet();
  }

  /**
   * Refuses the first of them that was given.
   *
   * @throws IllegalArgumentException naming it and what to use instead
   */
  static void refuse(ParseResult given) {
    for (Map.Entry<String, String> flag : INSTEAD.entrySet()) {
      if (given.hasMatchedOption(flag.getKey())) {
        throw new IllegalArgumentException(
            "%s is not for engines whose steps are modelled: %s"
                .formatted(flag.getKey(), flag.getValue()));
      }
    }
  }
}
