package dev.warmpath.router.replay.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Measured closed loops, as a file has them: {@code {"tables": [{"config": {"id", ...}, "isl",
 * "osl", "rows": [{"concurrency", "req_s", "ttft_mean_ms", ...}]}]}}. Complaints begin with the
 * file's name.
 */
public final class MeasuredFile {
  private final String name;
  private final List<Table> tables = new ArrayList<>();

  /**
   * A row of a table.
   *
   * @param concurrency clients, at least 1
   * @param figures the numbers of the row by their names in the file
   */
  public record Row(int concurrency, SequencedMap<String, Double> figures) {}

  /** A table. */
  public static final class Table {
    private final String file;
    private final JsonNode json;

    private Table(String file, JsonNode json) {
      this.file = file;
      this.json = json;
    }

    /** What names it; empty when it has none. */
    public String id() {
      return config().path("id").asString("");
    }

    /** Tokens of its prompts; 0 when they are not told. */
    public int inputTokens() {
      return json.path("isl").asInt(0);
    }

    /** Tokens of its answers; 0 when they are not told. */
    public int outputTokens() {
      return json.path("osl").asInt(0);
    }

    /** Id and lengths, {@code ID ISL:OSL}. */
    public String name() {
      return "%s %d:%d".formatted(id(), inputTokens(), outputTokens());
    }

    /** What served, in the words of the file. */
    public JsonNode config() {
      return json.path("config");
    }

    /**
     * Its rows.
     *
     * @throws IllegalArgumentException if one has no concurrency
     */
    public List<Row> rows() {
      List<Row> rows = new ArrayList<>();
      json.path("rows").forEach(row -> rows.add(row(row)));
      return rows;
    }

    private Row row(JsonNode row) {
      JsonNode told = row.path("concurrency");
      int concurrency = told.asInt(0);
      if (concurrency < 1) {
        throw new IllegalArgumentException(
            "%s: concurrency of a row of %s must be a whole number from 1, was %s"
                .formatted(file, name(), told.isMissingNode() ? "not told" : told));
      }
      SequencedMap<String, Double> figures = new LinkedHashMap<>();
      row.forEachEntry((key, value) -> {
        if (value.isNumber()) {
          figures.put(key, value.asDouble());
        }
      });
      return new Row(concurrency, figures);
    }

    /** Whether it is meant by an id, or by an id and lengths as {@link #name} has them. */
    private boolean isCalled(String wanted) {
      return id().equals(wanted) || name().equals(wanted);
    }
  }

  private MeasuredFile(String name) {
    this.name = name;
  }

  /**
   * Reads a file.
   *
   * @param name of the file, for complaints
   * @throws IllegalArgumentException if the text is not JSON
   */
  public static MeasuredFile read(String name, String json) {
    MeasuredFile file = new MeasuredFile(name);
    try {
      for (JsonNode table : JsonMapper.shared().readTree(json).path("tables")) {
        file.tables.add(new Table(name, table));
      }
    } catch (JacksonException e) {
      throw new IllegalArgumentException(
          "%s: is not JSON: %s".formatted(name, e.getOriginalMessage()), e);
    }
    return file;
  }

  /**
   * The one table that is meant.
   *
   * @param wanted its id, or id and lengths as {@code ID ISL:OSL}; null if the file has only one
   * @throws IllegalArgumentException if there is not just one
   */
  public Table table(@Nullable String wanted) {
    return only(wanted, "", _ -> true);
  }

  /**
   * The one table of these lengths that is meant.
   *
   * @param wanted as in {@link #table(String)}; null if the lengths name just one
   * @throws IllegalArgumentException if there is not just one
   */
  public Table table(@Nullable String wanted, int inputTokens, int outputTokens) {
    return only(
        wanted,
        " of isl=%d osl=%d".formatted(inputTokens, outputTokens),
        table -> table.inputTokens() == inputTokens && table.outputTokens() == outputTokens);
  }

  private Table only(@Nullable String wanted, String ofLengths, Predicate<Table> hasLengths) {
    List<Table> fitting =
        tables.stream()
            .filter(hasLengths)
            .filter(table -> wanted == null || table.isCalled(wanted))
            .toList();
    if (fitting.size() != 1) {
      throw new IllegalArgumentException(
          "%s: must have one table%s%s, has %d; there are: %s"
              .formatted(
                  name, wanted == null ? "" : " " + wanted, ofLengths, fitting.size(), names()));
    }
    return fitting.getFirst();
  }

  /**
   * All tables that are meant, in the order of the file.
   *
   * @param wanted each an id, or id and lengths as {@code ID ISL:OSL}; empty for all
   * @throws IllegalArgumentException if there is none of one of these
   */
  public List<Table> tables(List<String> wanted) {
    for (String one : wanted) {
      if (tables.stream().noneMatch(table -> table.isCalled(one))) {
        throw new IllegalArgumentException(
            "%s: has no table %s; there are: %s".formatted(name, one, names()));
      }
    }
    return tables.stream()
        .filter(table -> wanted.isEmpty() || wanted.stream().anyMatch(table::isCalled))
        .toList();
  }

  private String names() {
    return tables.stream().map(Table::name).collect(Collectors.joining(", "));
  }
}
