package dev.warmpath.jmh.soak;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code make soak}: three phases of equal length, one after another in one process, each with an
 * index of its own and a hole rate of its own. Run from the root of the checkout. The environment
 * says how long all of it takes: {@code MINUTES} (60 unless told). Exits with 1 when a phase did
 * not stay as it was.
 */
final class Soak {
  private static final List<Double> HOLE_RATES = List.of(0.0, 0.001, 0.02);
  private static final long SEED = 1;
  private static final Path RESULTS = Path.of("target", "results", "soak.json");

  private final Duration phaseLength;
  private final ObjectNode json = JsonNodeFactory.instance.objectNode();
  private final ArrayNode phases = JsonNodeFactory.instance.arrayNode();

  private Soak(Duration phaseLength) {
    this.phaseLength = phaseLength;
  }

  /** Measures, prints, writes. */
  public static void main(String[] args) throws IOException, InterruptedException {
    String minutes = System.getenv("MINUTES");
    Duration all = Duration.ofSeconds(minutes(minutes == null ? "60" : minutes) * 60L);
    if (!new Soak(all.dividedBy(HOLE_RATES.size())).run()) {
      System.exit(1);
    }
  }

  private static int minutes(String text) {
    int minutes = text.matches("[0-9]{1,5}") ? Integer.parseInt(text) : 0;
    if (minutes < 1) {
      throw new IllegalArgumentException("MINUTES must be a whole number from 1 on: " + text);
    }
    return minutes;
  }

  private boolean run() throws IOException, InterruptedException {
    boolean holds = true;
    json.put("started", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    json.put("cores", Runtime.getRuntime().availableProcessors());
    json.put("java", Runtime.version().toString());
    json.put("phase_seconds", phaseLength.toSeconds());
    json.put("targets", SoakFleet.TARGETS);
    json.put("blocks_per_target", SoakFleet.CAPACITY);
    json.put("restart_seconds", SoakPhase.RESTART.toSeconds());
    json.set("phases", phases);
    for (double holeRate : HOLE_RATES) {
      holds &= phase(holeRate);
    }
    return holds;
  }

  private boolean phase(double holeRate) throws IOException, InterruptedException {
    System.out.printf(
        Locale.ROOT,
        "%nholes %.1f %%, %d s, load %.1f%n%s%n",
        100 * holeRate,
        phaseLength.toSeconds(),
        load(),
        Interval.HEAD);
    ObjectNode phase = phases.addObject().put("hole_rate", holeRate).put("load_before", load());
    ArrayNode rows = phase.putArray("intervals");
    List<Interval> intervals =
        new SoakPhase(holeRate, SEED, phaseLength).run(interval -> rows.add(interval.toJson()));
    Verdict verdict = Verdict.of(intervals);
    System.out.println(verdict.line());
    phase.put("load_after", load());
    phase.set("verdict", verdict.toJson());
    Files.createDirectories(RESULTS.getParent());
    JsonMapper mapper = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
    Files.writeString(RESULTS, mapper.writeValueAsString(json) + "\n");
    return verdict.holds();
  }

  private static double load() {
    return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
  }
}
