package dev.warmpath.router.app;

import dev.warmpath.router.route.Disaggregation;
import dev.warmpath.router.route.Disaggregation.When;
import dev.warmpath.router.route.Links;
import java.util.ArrayList;
import java.util.List;

/** Reads how pools share the work out of the routing settings. Stateless; any thread. */
final class DisaggregationYaml {
  private DisaggregationYaml() {}

  /** What the section does not name is as in {@code defaults}. */
  static Disaggregation parse(YamlSection section, Disaggregation defaults) {
    Disaggregation disaggregation =
        new Disaggregation(
            When.of(
                section.oneOf("when", defaults.when().word(), When.words().toArray(String[]::new))),
            count(section, "max_local_prefill_length", defaults.maxLocalPrefillTokens()),
            count(section, "max_prefill_queue_size", defaults.maxPrefillQueue()),
            count(section, "effective_isl_tokens", defaults.effectiveIslTokens()),
            section.number("effective_isl_ratio", defaults.effectiveIslRatio(), 0, 1),
            links(section, defaults.links()),
            section.number(
                "decode_ms_per_block", defaults.decodeMillisPerBlock(), 0, Integer.MAX_VALUE));
    section.end();
    return disaggregation;
  }

  private static int count(YamlSection section, String name, int defaults) {
    long count = section.whole(name, defaults);
    if (count > Integer.MAX_VALUE) {
      throw section.wrong(name, "must be %d at most".formatted(Integer.MAX_VALUE), count);
    }
    return (int) count;
  }

  private static Links links(YamlSection section, Links defaults) {
    List<Links.Link> near = new ArrayList<>();
    for (YamlSection link : section.sections("links")) {
      near.add(
          new Links.Link(
              link.text("label", ""),
              link.aboveZero("gigabytes_per_second", Double.POSITIVE_INFINITY)));
      link.end();
    }
    return new Links(
        section.names().contains("links") ? near : defaults.near(),
        section.aboveZero("far_gigabytes_per_second", defaults.farGigabytesPerSecond()));
  }
}
