package dev.warmpath.jmh.peers;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code make bench-peers}: the index beside the indexes of other routers. Run from the root of the
 * checkout; docs/bench-peers.md says what it measures.
 *
 * <p>The environment may narrow it: {@code TRIALS} (5 unless told), {@code CORPORA} and {@code
 * SYSTEMS} (names with commas; all unless told; {@code CORPORA=events} is the event lengths).
 */
final class BenchPeers {
  /** Corpora by event length are named so, and the length. */
  static final String EVENTS = "events-";

  private static final Path CORPORA = Path.of("target", "peers", "corpora");
  private static final Path RESULTS = Path.of("target", "results", "bench-peers.json");

  /** A measuring thread that had a core for less of its time is measured again, twice at most. */
  static final double ENOUGH_OF_A_CORE = 0.97;

  private static final int ATTEMPTS = 3;

  private final int trials = Integer.parseInt(environment("TRIALS", "5"));
  private final Results results = new Results();
  private final ObjectNode context = JsonNodeFactory.instance.objectNode();

  /** How long each system's processes took, nanoseconds by system and measure. */
  private final Map<String, Long> took = new TreeMap<>();

  private BenchPeers() {}

  /** Builds, measures, prints, writes. */
  public static void main(String[] args) throws IOException, InterruptedException {
    new BenchPeers().run();
  }

  private void run() throws IOException, InterruptedException {
    final Map<String, Path> corpora = makeCorpora();
    List<Peer> peers = new ArrayList<>();
    if (isWanted("SYSTEMS", "warmpath")) {
      peers.add(Peer.warmpath());
    }
    peers.addAll(Rivals.build(name -> isWanted("SYSTEMS", name)));
    describe(peers);
    context.put("load_before", load());
    for (int trial = 1; trial <= trials; trial++) {
      for (var corpus : corpora.entrySet()) {
        System.out.printf("trial %d of %d: %s%n", trial, trials, corpus.getKey());
        for (String measure : measures(corpus.getKey(), trial)) {
          for (Peer peer : peers) {
            measure(peer, measure, corpus.getKey(), corpus.getValue());
          }
        }
      }
    }
    context.put("load_after", load());
    ObjectNode seconds = context.putObject("took_seconds");
    took.forEach((what, nanos) -> seconds.put(what, TimeUnit.NANOSECONDS.toSeconds(nanos)));
    Files.createDirectories(RESULTS.getParent());
    JsonMapper json = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
    Files.writeString(RESULTS, json.writeValueAsString(results.toJson(context)) + "\n");
    System.out.printf("%n%s%n%s", results.table(), context.toPrettyString());
    System.out.printf("%nwritten to %s%n", RESULTS);
  }

  /** Scores are the same every time: once is enough. */
  private static List<String> measures(String corpus, int trial) {
    if (corpus.startsWith(EVENTS)) {
      return List.of("apply");
    }
    return trial == 1 ? Peer.MEASURES : Peer.MEASURES.subList(1, Peer.MEASURES.size());
  }

  private void measure(Peer peer, String measure, String corpus, Path file)
      throws IOException, InterruptedException {
    Map<String, String> best = Map.of();
    long start = System.nanoTime();
    for (int attempt = 0; attempt < attempts(peer, measure); attempt++) {
      Optional<Map<String, String>> figures = peer.run(measure, file);
      if (figures.isEmpty() || figures.get().containsKey("unsupported")) {
        return;
      }
      if (best.isEmpty() || ran(figures.get()) > ran(best)) {
        best = figures.get();
      }
      if (ran(best) >= ENOUGH_OF_A_CORE) {
        break;
      }
    }
    took.merge(peer.name() + " " + measure, System.nanoTime() - start, Long::sum);
    results.add(corpus, peer.name(), measure, best);
  }

  /** A lookup that waits on the writer's locks lacks its core however often it is measured. */
  private int attempts(Peer peer, String measure) {
    boolean waits = peer.name().equals("positional") && measure.equals("busy");
    return trials == 1 || waits ? 1 : ATTEMPTS;
  }

  private static double ran(Map<String, String> figures) {
    return Double.parseDouble(figures.getOrDefault("ran", "1"));
  }

  private Map<String, Path> makeCorpora() throws IOException {
    Files.createDirectories(CORPORA);
    TraceRows trace = TraceRows.load(TraceRows.CONVERSATION);
    context.put("trace", trace.name());
    System.out.println("corpora from the trace " + trace.name());
    Map<String, Path> files = new LinkedHashMap<>();
    for (CorpusSpec spec : CorpusSpec.ALL) {
      if (isWanted("CORPORA", spec.name())) {
        Corpus corpus = CorpusMaker.make(spec, trace.rows());
        int crc = CorpusFile.checksum(CorpusFile.encode(corpus));
        if (trace.published() && crc != spec.publishedCrc()) {
          throw new IOException(
              "%s has checksum %08x, not %08x".formatted(spec.name(), crc, spec.publishedCrc()));
        }
        files.put(spec.name(), write(spec.name(), corpus));
      }
    }
    for (int length : EventLengthCorpus.LENGTHS) {
      if (isWanted("CORPORA", "events")) {
        files.put(EVENTS + length, write(EVENTS + length, EventLengthCorpus.make(length)));
      }
    }
    return files;
  }

  private static Path write(String name, Corpus corpus) throws IOException {
    Path file = CORPORA.resolve(name + ".bin");
    CorpusFile.write(corpus, file);
    return file;
  }

  private void describe(List<Peer> peers) throws IOException {
    context.put("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    context.put("trials", trials);
    context.put("processor", processor());
    context.put("cores", Runtime.getRuntime().availableProcessors());
    ObjectNode versions = context.putObject("versions");
    peers.forEach(peer -> versions.put(peer.name(), peer.version()));
  }

  private static String processor() throws IOException {
    Path info = Path.of("/proc/cpuinfo");
    if (!Files.exists(info)) {
      return System.getProperty("os.arch");
    }
    return Files.readAllLines(info).stream()
        .filter(line -> line.startsWith("model name"))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse(System.getProperty("os.arch"));
  }

  private static double load() {
    return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
  }

  private static boolean isWanted(String variable, String name) {
    String wanted = environment(variable, "");
    return wanted.isEmpty() || Arrays.asList(wanted.split(",")).contains(name);
  }

  private static String environment(String variable, String unlessTold) {
    String told = System.getenv(variable);
    return told == null || told.isEmpty() ? unlessTold : told;
  }
}
