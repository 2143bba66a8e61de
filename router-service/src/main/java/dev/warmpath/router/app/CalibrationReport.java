package dev.warmpath.router.app;

import dev.warmpath.router.replay.calibrate.Calibration;
import dev.warmpath.router.replay.calibrate.Calibration.Constant;
import dev.warmpath.router.replay.calibrate.EngineFile;
import dev.warmpath.router.replay.calibrate.FitErrors;
import dev.warmpath.router.replay.calibrate.FitErrors.Off;
import dev.warmpath.router.replay.calibrate.HoldOut;
import dev.warmpath.router.replay.calibrate.MeasuredLoop;
import dev.warmpath.router.replay.engine.EngineModel;
import dev.warmpath.router.replay.engine.Provenance;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a calibration found, as text, as JSON, and as the engine's file.
 *
 * @param engine name or file that it started from
 * @param start that engine
 * @param measured file of the measurements
 * @param rows which were fitted, and which were kept out
 * @param holdOut how the latter were chosen
 * @param metrics what was compared
 * @param result what came of it
 */
record CalibrationReport(
    String engine,
    EngineModel start,
    Path measured,
    HoldOut rows,
    List<String> holdOut,
    List<String> metrics,
    Calibration.Result result) {
  private static final String UNKNOWN = "-";

  /** The engine with its constants, their origin and their error. */
  EngineFile file(String name) {
    String constants =
        result.constants().stream().map(Constant::name).collect(Collectors.joining(", "));
    String source =
        "Fitted by warmpath %s replay calibrate to %s: %s of %s (%s); fitted: %s. All else as in %s: %s"
            .formatted(
                Version.current(),
                measured.getFileName(),
                rows(rows.fitted()),
                tables(rows.fitted()),
                concurrencies(rows.fitted()),
                constants,
                start.name(),
                start.provenance().source());
    return result.engine().with(name, new Provenance(source, heldOut()));
  }

  private String heldOut() {
    return "%s not used in the fit (%s), absolute error mean / worst: %s.%s"
        .formatted(
            rows(rows.held()),
            String.join(" ", holdOut),
            result.heldAfter().text(),
            result.isBelievable() ? "" : " " + warning());
  }

  private static String rows(List<MeasuredLoop> rows) {
    return rows.size() == 1 ? "1 row" : rows.size() + " rows";
  }

  private static String tables(List<MeasuredLoop> rows) {
    return rows.stream()
        .map(row -> "%s %d:%d".formatted(row.table(), row.inputTokens(), row.outputTokens()))
        .distinct()
        .collect(Collectors.joining(", "));
  }

  private static String concurrencies(List<MeasuredLoop> rows) {
    return "concurrency "
        + rows.stream()
            .map(MeasuredLoop::concurrency)
            .distinct()
            .sorted()
            .map(c -> "" + c)
            .collect(Collectors.joining(", "));
  }

  private String warning() {
    return String.format(
        Locale.ROOT,
        "DO NOT BELIEVE these constants: rows that were kept out are off by %.1f %%, those that"
            + " were fitted by %.1f %%.",
        100 * result.heldAfter().mean(),
        100 * result.fittedAfter().mean());
  }

  /** Tables of constants and errors, and the judgement. */
  String table() {
    StringBuilder text = new StringBuilder();
    text.append("engine       ").append(engine).append('\n');
    text.append("fitted       %s of %s\n".formatted(rows(rows.fitted()), tables(rows.fitted())));
    text.append("held out     %s, %s\n".formatted(rows(rows.held()), String.join(" ", holdOut)));
    text.append("played       the fitted rows %d times\n\n".formatted(result.evaluations()));
    text.append(
        TextTable.render(
            List.of("constant", "before", "after", "change", "note"),
            result.constants().stream().map(CalibrationReport::row).toList()));
    text.append('\n');
    List<String> head =
        List.of(
            "absolute error, mean / worst",
            "fitted rows before",
            "after",
            "held-out rows before",
            "after");
    List<List<String>> lines = new ArrayList<>();
    for (String metric : result.fittedBefore().metrics().keySet()) {
      lines.add(
          List.of(
              metric,
              off(result.fittedBefore(), metric),
              off(result.fittedAfter(), metric),
              off(result.heldBefore(), metric),
              off(result.heldAfter(), metric)));
    }
    text.append(TextTable.render(head, lines));
    if (!result.isBelievable()) {
      text.append('\n').append(warning()).append('\n');
    }
    return text.toString();
  }

  private static List<String> row(Constant constant) {
    return List.of(
        constant.name(),
        number(constant.before()),
        number(constant.after()),
        String.format(Locale.ROOT, "%+.1f %%", 100 * (constant.after() / constant.before() - 1)),
        constant.atBound() ? "at the bound of --range" : "");
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.6g", value);
  }

  private static String off(FitErrors errors, String metric) {
    Off off = errors.metrics().get(metric);
    return off == null
        ? UNKNOWN
        : String.format(Locale.ROOT, "%.1f / %.1f %%", 100 * off.mean(), 100 * off.worst());
  }

  /** One JSON object; errors are shares. */
  String json() {
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("version", Version.current());
    root.put("engine", engine);
    root.put("measured", measured.toString());
    root.put("metrics", metrics);
    root.put("fitted_rows", rows.fitted().stream().map(MeasuredLoop::name).toList());
    root.put("held_out_rows", rows.held().stream().map(MeasuredLoop::name).toList());
    root.put("evaluations", result.evaluations());
    root.put("constants", result.constants().stream().map(CalibrationReport::fields).toList());
    root.put("fitted_error_before", fields(result.fittedBefore()));
    root.put("fitted_error", fields(result.fittedAfter()));
    root.put("held_out_error_before", fields(result.heldBefore()));
    root.put("held_out_error", fields(result.heldAfter()));
    root.put("believable", result.isBelievable());
    return Study.json(root);
  }

  private static Map<String, Object> fields(Constant constant) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("name", constant.name());
    fields.put("before", constant.before());
    fields.put("after", constant.after());
    fields.put("at_bound", constant.atBound());
    return fields;
  }

  private static Map<String, Object> fields(FitErrors errors) {
    Map<String, Object> fields = new LinkedHashMap<>();
    errors.metrics().forEach((metric, off) -> fields.put(metric, off));
    return fields;
  }
}
