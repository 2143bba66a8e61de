package dev.warmpath.router.app;

import static java.util.Objects.requireNonNull;

import dev.warmpath.router.replay.study.Figures;
import dev.warmpath.router.replay.study.Noise;
import dev.warmpath.router.replay.study.RequestFigures;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code warmpath replay compare}: two reports side by side, and beside measurements. */
@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    showDefaultValues = true,
    description = {
      "Puts the reports of two replays side by side: every metric, and how far the second is from"
          + " the first in percent; with --measured, how far each is from the measurement.",
      "Runs belong together by policy and concurrency; two reports of one run each, always.",
      "Where both folders have requests.jsonl, it says between which differences the true one lies"
          + " in about 95 of 100 comparisons, given the chance of which requests came; the runs"
          + " differ where that leaves out 0."
    })
final class CompareCommand implements Callable<Integer> {
  private static final String REPORT_FILE = "report.json";
  private static final String UNKNOWN = "-";

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      index = "0",
      paramLabel = "A",
      showDefaultValue = CommandLine.Help.Visibility.NEVER,
      description = "Folder that --out wrote.")
  private Path first = Path.of("");

  @Parameters(
      index = "1",
      paramLabel = "B",
      showDefaultValue = CommandLine.Help.Visibility.NEVER,
      description = "Another one.")
  private Path second = Path.of("");

  @Option(
      names = "--measured",
      paramLabel = "FILE",
      description = "JSON with tables of measured closed loops.")
  private @Nullable Path measured;

  @Option(
      names = "--measured-table",
      paramLabel = "ID",
      description =
          "Which table of --measured, as ID or 'ID ISL:OSL'; needless if there is only one.")
  private @Nullable String table;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "table or json.",
      converter = OutputFormat.Converter.class)
  private OutputFormat format = OutputFormat.TABLE;

  /** Two runs that belong together, and what was measured at their concurrency. */
  private record Pair(
      Figures a, Figures b, @Nullable Figures measured, Map<String, Noise.Interval> noise) {
    List<String> keys() {
      return a.values().keySet().stream().filter(b.values()::containsKey).toList();
    }

    String name() {
      return a.isLike(b) ? a.name() : a.name() + " and " + b.name();
    }

    @Nullable Double measured(String key) {
      return measured == null ? null : measured.values().get(key);
    }
  }

  /** What a folder has: its runs, and their requests as far as they were kept. */
  private record Side(List<Figures> runs, List<RequestFigures> requests) {
    @Nullable RequestFigures requestsOf(Figures run) {
      return requests.stream().filter(some -> some.areOf(run)).findFirst().orElse(null);
    }
  }

  @Override
  public Integer call() {
    try {
      List<Pair> pairs = pairs(side(first), side(second), measurements());
      spec.commandLine()
          .getOut()
          .print(
              switch (format) {
                case TABLE -> table(pairs);
                case JSON -> json(pairs);
              });
      spec.commandLine().getOut().flush();
      return CommandLine.ExitCode.OK;
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private static Side side(Path folder) {
    Path file = folder.resolve(REPORT_FILE);
    List<Figures> runs = Figures.ofReport(file.toString(), read(file.toString(), file));
    return new Side(runs, requests(folder));
  }

  /** What was kept of the requests; nothing for a folder without them. */
  private static List<RequestFigures> requests(Path folder) {
    Path file = folder.resolve(RequestFile.NAME);
    if (!Files.isRegularFile(file)) {
      return List.of();
    }
    try (Stream<String> lines = Files.lines(file)) {
      return RequestFigures.read(file.toString(), lines.iterator());
    } catch (UncheckedIOException e) {
      throw cannotBeRead(file.toString(), requireNonNull(e.getCause()));
    } catch (IOException e) {
      throw cannotBeRead(file.toString(), e);
    }
  }

  private static Map<String, Noise.Interval> noise(
      @Nullable RequestFigures a, @Nullable RequestFigures b) {
    return a == null || b == null ? Map.of() : Noise.of(a, b);
  }

  private List<Figures> measurements() {
    if (measured == null) {
      if (table != null) {
        throw new IllegalArgumentException("--measured-table needs --measured");
      }
      return List.of();
    }
    String name = "--measured " + measured;
    return Figures.ofMeasured(name, read(name, measured), table);
  }

  private static String read(String name, Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw cannotBeRead(name, e);
    }
  }

  private static IllegalArgumentException cannotBeRead(String name, IOException e) {
    return new IllegalArgumentException(
        "%s cannot be read: %s".formatted(name, FileTrouble.of(e)), e);
  }

  private static List<Pair> pairs(Side a, Side b, List<Figures> measurements) {
    List<Pair> pairs = new ArrayList<>();
    boolean single = a.runs().size() == 1 && b.runs().size() == 1;
    for (Figures one : a.runs()) {
      Optional<Figures> other =
          b.runs().stream().filter(run -> single || run.isLike(one)).findFirst();
      other.ifPresent(run ->
          pairs.add(
              new Pair(
                  one,
                  run,
                  at(one.concurrency(), measurements),
                  noise(a.requestsOf(one), b.requestsOf(run)))));
    }
    if (pairs.isEmpty()) {
      throw new IllegalArgumentException(
          "A and B have no run of the same policy and concurrency: %s against %s"
              .formatted(names(a.runs()), names(b.runs())));
    }
    if (!measurements.isEmpty() && pairs.stream().allMatch(pair -> pair.measured() == null)) {
      throw new IllegalArgumentException("--measured has no row of a concurrency of A and B");
    }
    return pairs;
  }

  private static @Nullable Figures at(int concurrency, List<Figures> measurements) {
    return measurements.stream()
        .filter(row -> row.concurrency() == concurrency)
        .findFirst()
        .orElse(null);
  }

  private static String names(List<Figures> runs) {
    return String.join(", ", runs.stream().map(Figures::name).toList());
  }

  private static String table(List<Pair> pairs) {
    StringBuilder text = new StringBuilder();
    for (Pair pair : pairs) {
      boolean judged = pair.measured() != null;
      List<String> head = new ArrayList<>(List.of("metric", "A", "B", "B to A"));
      if (!pair.noise().isEmpty()) {
        head.addAll(List.of("true in 95 %", "differs"));
      }
      if (judged) {
        head.addAll(List.of("measured", "error of A", "error of B"));
      }
      text.append(text.isEmpty() ? "" : "\n").append(pair.name()).append('\n');
      text.append(
          TextTable.render(head, pair.keys().stream().map(key -> row(pair, key, judged)).toList()));
    }
    return text.toString();
  }

  private static List<String> row(Pair pair, String key, boolean judged) {
    double a = pair.a().values().getOrDefault(key, 0.0);
    double b = pair.b().values().getOrDefault(key, 0.0);
    List<String> row = new ArrayList<>(List.of(key, number(a), number(b), percent(b, a)));
    if (!pair.noise().isEmpty()) {
      row.addAll(chance(pair.noise().get(key)));
    }
    Double real = pair.measured(key);
    if (real != null) {
      row.addAll(List.of(number(real), percent(a, real), percent(b, real)));
    } else if (judged) {
      row.addAll(List.of(UNKNOWN, UNKNOWN, UNKNOWN));
    }
    return row;
  }

  private static List<String> chance(Noise.@Nullable Interval interval) {
    return interval == null
        ? List.of(UNKNOWN, UNKNOWN)
        : List.of(
            String.format(
                Locale.ROOT, "%+.2f to %+.2f %%", interval.lowPercent(), interval.highPercent()),
            interval.isBeyondNoise() ? "yes" : "no");
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }

  private static String percent(double value, double against) {
    return against == 0 ? UNKNOWN : String.format(Locale.ROOT, "%+.2f %%", error(value, against));
  }

  private static double error(double value, double against) {
    return 100 * (value / against - 1);
  }

  private String json(List<Pair> pairs) {
    List<Map<String, Object>> runs = new ArrayList<>();
    for (Pair pair : pairs) {
      Map<String, Object> metrics = new LinkedHashMap<>();
      pair.keys().forEach(key -> metrics.put(key, fields(pair, key)));
      Map<String, Object> run = new LinkedHashMap<>();
      run.put("a", pair.a().name());
      run.put("b", pair.b().name());
      run.put("metrics", metrics);
      runs.add(run);
    }
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("version", Version.current());
    root.put("a", first.toString());
    root.put("b", second.toString());
    root.put("runs", runs);
    return Study.json(root);
  }

  private static Map<String, Object> fields(Pair pair, String key) {
    double a = pair.a().values().getOrDefault(key, 0.0);
    double b = pair.b().values().getOrDefault(key, 0.0);
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("a", a);
    fields.put("b", b);
    put(fields, "b_to_a_percent", b, a);
    Noise.Interval interval = pair.noise().get(key);
    if (interval != null) {
      fields.put("b_to_a_percent_low", interval.lowPercent());
      fields.put("b_to_a_percent_high", interval.highPercent());
      fields.put("beyond_noise", interval.isBeyondNoise());
    }
    Double real = pair.measured(key);
    if (real != null) {
      fields.put("measured", real);
      put(fields, "a_error_percent", a, real);
      put(fields, "b_error_percent", b, real);
    }
    return fields;
  }

  private static void put(Map<String, Object> fields, String name, double value, double against) {
    if (against != 0) {
      fields.put(name, error(value, against));
    }
  }
}
