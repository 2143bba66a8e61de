package dev.warmpath.jmh.peers;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The figures of all trials, and what is told of them: medians, and the lowest and the highest. One
 * thread.
 */
final class Results {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final String RAN = ".ran";
  private static final String FIRST = ".first_";
  private static final String WARM_UP = ".warm_up_s";
  private static final List<String> PERCENTILES = List.of("p50", "p99", "p999");

  /** Figures that only some systems have; those of bytes after CRTC's own sweep. */
  private static final List<String> OPTIONAL = List.of("busy.lag_ms", "bytes.swept");

  private final Map<Cell, Map<String, List<Double>>> cells = new LinkedHashMap<>();
  private final Map<String, String> resultForms = new LinkedHashMap<>();

  /** What a system did with a corpus. */
  private record Cell(String corpus, String system) {}

  /** Takes in one trial of one measure. */
  void add(String corpus, String system, String measure, Map<String, String> figures) {
    var cell = cells.computeIfAbsent(new Cell(corpus, system), _ -> new LinkedHashMap<>());
    figures.forEach((name, value) -> {
      if (name.equals("result")) {
        resultForms.put(system, value);
      } else {
        cell.computeIfAbsent(measure + "." + name, _ -> new ArrayList<>())
            .add(Double.parseDouble(value));
      }
    });
  }

  /** The document: the medians in the form that the issue names, then spread and context. */
  ObjectNode toJson(ObjectNode context) {
    ObjectNode json = JSON.objectNode();
    put(json, this::putMedian);
    put(json.putObject("spread"), this::putSpread);
    ObjectNode first = json.putObject("java_first_second");
    cells.forEach((cell, figures) ->
        firstSecond(figures)
            .forEach((name, value) -> first.withObjectProperty(cell.corpus).put(name, value)));
    ObjectNode forms = context.putObject("result_forms");
    resultForms.forEach(forms::put);
    putShortOfACore(context.putObject("short_of_a_core"));
    putWarmUps(context.putObject("java_warm_up_seconds"));
    json.set("context", context);
    return json;
  }

  /** What a JVM did before it was warm, by {@code measure_figure}. */
  private static Map<String, Double> firstSecond(Map<String, List<Double>> figures) {
    Map<String, Double> first = new TreeMap<>();
    figures.forEach((name, values) -> {
      if (name.contains(FIRST)) {
        first.put(name.replace(FIRST, "_"), median(values));
      }
    });
    return first;
  }

  /** One figure of a cell, by its name. */
  private record Figure(String name, Map<String, List<Double>> figures) {
    List<Double> values() {
      return figures.getOrDefault(name, List.of());
    }

    String key() {
      return name.substring(name.indexOf('.') + 1);
    }
  }

  private void put(ObjectNode json, BiConsumer<ObjectNode, Figure> putter) {
    ObjectNode corpora = json.putObject("corpora");
    ObjectNode eventLength = json.putObject("event_length");
    cells.forEach((cell, figures) -> {
      if (cell.corpus.startsWith(BenchPeers.EVENTS)) {
        ObjectNode system = eventLength.withObjectProperty(cell.system);
        ObjectNode of = JSON.objectNode();
        putter.accept(of, new Figure("apply.ns_per_block", figures));
        system.set(cell.corpus.substring(BenchPeers.EVENTS.length()), of.get("ns_per_block"));
      } else {
        corpora.withObjectProperty(cell.corpus).set(cell.system, corpusFigures(figures, putter));
      }
    });
  }

  private static ObjectNode corpusFigures(
      Map<String, List<Double>> figures, BiConsumer<ObjectNode, Figure> putter) {
    ObjectNode json = JSON.objectNode();
    Function<String, ObjectNode> of =
        name -> {
          ObjectNode one = JSON.objectNode();
          putter.accept(one, new Figure(name, figures));
          return one;
        };
    json.set("over", of.apply("scores.over").get("over"));
    json.set("under", of.apply("scores.under").get("under"));
    for (String measure : List.of("lookup", "busy")) {
      ObjectNode percentiles = JSON.objectNode();
      PERCENTILES.forEach(p -> percentiles.set(p, of.apply(measure + "." + p).get(p)));
      json.set(measure.equals("busy") ? "lookup_busy_ns" : "lookup_ns", percentiles);
    }
    json.set("apply_ns_per_block", of.apply("apply.ns_per_block").get("ns_per_block"));
    json.set("bytes_per_block", of.apply("bytes.per_block").get("per_block"));
    for (String name : OPTIONAL) {
      if (figures.containsKey(name)) {
        json.set(name.replace('.', '_'), of.apply(name).get(name.substring(name.indexOf('.') + 1)));
      }
    }
    return json;
  }

  private void putMedian(ObjectNode json, Figure figure) {
    if (figure.values().isEmpty()) {
      json.putNull(figure.key());
    } else {
      json.put(figure.key(), median(figure.values()));
    }
  }

  private void putSpread(ObjectNode json, Figure figure) {
    if (figure.values().isEmpty()) {
      json.putNull(figure.key());
    } else {
      json.putArray(figure.key())
          .add(Collections.min(figure.values()))
          .add(Collections.max(figure.values()));
    }
  }

  static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int half = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(half)
        : (sorted.get(half - 1) + sorted.get(half)) / 2;
  }

  /**
   * How long Java was warmed up, by measure: the median of all corpora and trials, and the most.
   */
  private void putWarmUps(ObjectNode json) {
    warmUps()
        .forEach((measure, seconds) ->
            json.putObject(measure)
                .put("median", median(seconds))
                .put("most", Collections.max(seconds)));
  }

  private Map<String, List<Double>> warmUps() {
    Map<String, List<Double>> warmUps = new TreeMap<>();
    cells.values().stream()
        .flatMap(figures -> figures.entrySet().stream())
        .filter(figure -> figure.getKey().endsWith(WARM_UP))
        .forEach(figure ->
            warmUps
                .computeIfAbsent(figure.getKey().replace(WARM_UP, ""), _ -> new ArrayList<>())
                .addAll(figure.getValue()));
    return warmUps;
  }

  /** The least share of its time that a measuring thread had a core, where it was not enough. */
  private void putShortOfACore(ObjectNode json) {
    cells.forEach((cell, figures) ->
        figures.forEach((name, values) -> {
          double least = Collections.min(values);
          if (name.endsWith(RAN) && least < BenchPeers.ENOUGH_OF_A_CORE) {
            String measure = name.substring(0, name.length() - RAN.length());
            json.put(cell.corpus + " " + cell.system + " " + measure, least);
          }
        }));
  }

  /** The one table: medians, the spread behind them where there are several trials. */
  String table() {
    StringBuilder table = new StringBuilder();
    line(
        table,
        "corpus",
        "system",
        "over",
        "under",
        "lookup ns p50",
        "p99",
        "p99.9",
        "under writes p50",
        "p99",
        "p99.9",
        "apply ns/block",
        "bytes/block");
    cells.forEach((cell, figures) -> {
      if (!cell.corpus.startsWith(BenchPeers.EVENTS)) {
        Function<String, String> of = name -> shown(new Figure(name, figures));
        String bytes = of.apply("bytes.per_block");
        if (figures.containsKey("bytes.swept")) {
          bytes += ", swept " + of.apply("bytes.swept");
        }
        line(
            table,
            cell.corpus,
            cell.system,
            of.apply("scores.over"),
            of.apply("scores.under"),
            of.apply("lookup.p50"),
            of.apply("lookup.p99"),
            of.apply("lookup.p999"),
            of.apply("busy.p50"),
            of.apply("busy.p99"),
            of.apply("busy.p999"),
            of.apply("apply.ns_per_block"),
            bytes);
      }
    });
    appendEventLengths(table);
    appendFirstSeconds(table);
    table.append("\nJava's warm-up in seconds, median and most:");
    warmUps()
        .forEach((measure, seconds) ->
            table.append(
                " %s %.1f, %.1f;".formatted(measure, median(seconds), Collections.max(seconds))));
    table.append("\nResult of a lookup: ");
    table.append(
        resultForms.entrySet().stream()
            .map(form -> form.getKey() + " " + form.getValue())
            .collect(Collectors.joining(", ")));
    return table.append('\n').toString();
  }

  private void appendEventLengths(StringBuilder table) {
    table.append("\nApply, ns/block, by blocks in an event\n");
    for (String system : eventSystems()) {
      table.append("%-11s".formatted(system));
      for (int length : EventLengthCorpus.LENGTHS) {
        var figures = cells.getOrDefault(new Cell(BenchPeers.EVENTS + length, system), Map.of());
        String value = shown(new Figure("apply.ns_per_block", figures));
        table.append("  %4d: %-16s".formatted(length, value));
      }
      table.append('\n');
    }
  }

  private void appendFirstSeconds(StringBuilder table) {
    table.append("\nFirst second of a JVM (the figures above come after the warm-up)\n");
    cells.forEach((cell, figures) -> {
      Map<String, Double> first = firstSecond(figures);
      if (!first.isEmpty()) {
        table.append("%-21s".formatted(cell.corpus));
        first.forEach((name, value) -> table.append(" %s %s".formatted(name, shown(value))));
        table.append('\n');
      }
    });
  }

  private Set<String> eventSystems() {
    return cells.keySet().stream()
        .filter(cell -> cell.corpus.startsWith(BenchPeers.EVENTS))
        .map(Cell::system)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static void line(StringBuilder table, String... columns) {
    table.append(
        "%-21s %-10s %7s %7s  %-17s %-13s %-14s %-17s %-13s %-14s %-17s %s%n"
            .formatted((Object[]) columns));
  }

  private static String shown(Figure figure) {
    List<Double> values = figure.values();
    if (values.isEmpty()) {
      return "-";
    }
    String median = shown(median(values));
    String low = shown(Collections.min(values));
    String high = shown(Collections.max(values));
    return low.equals(high) ? median : "%s [%s-%s]".formatted(median, low, high);
  }

  private static String shown(double value) {
    return String.format(Locale.ROOT, value < 100 && value % 1 != 0 ? "%.1f" : "%.0f", value);
  }
}
