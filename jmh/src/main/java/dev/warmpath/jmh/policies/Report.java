package dev.warmpath.jmh.policies;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The rows as tables in a page and as JSON. */
final class Report {
  private static final String BEGIN = "<!-- bench-policies: begin -->";
  private static final String END = "<!-- bench-policies: end -->";

  private final Map<Setting, List<Row>> settings;

  Report(List<Row> rows) {
    settings =
        rows.stream()
            .collect(Collectors.groupingBy(Row::setting, LinkedHashMap::new, Collectors.toList()));
  }

  /** All rows; the main ones and those with faults apart. */
  void writeJson(Path file) {
    write(file, "{\"rows\":[\n" + json(false) + "\n],\n\"fault_rows\":[\n" + json(true) + "\n]}\n");
  }

  private String json(boolean faults) {
    return settings.entrySet().stream()
        .filter(setting -> hasFault(setting.getKey()) == faults)
        .flatMap(setting -> setting.getValue().stream())
        .map(Row::json)
        .collect(Collectors.joining(",\n"));
  }

  /** Replaces what the page has between the markers. */
  void writePage(Path page) {
    try {
      String text = Files.readString(page);
      int begin = text.indexOf(BEGIN);
      int end = text.indexOf(END);
      if (begin < 0 || end < begin) {
        throw new IllegalStateException(page + " has no markers for the table");
      }
      write(page, text.substring(0, begin + BEGIN.length()) + "\n" + page() + text.substring(end));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String page() {
    StringBuilder page = new StringBuilder(summary());
    Map<String, List<Setting>> byTrace =
        settings.keySet().stream()
            .filter(setting -> !hasFault(setting))
            .collect(
                Collectors.groupingBy(Setting::trace, LinkedHashMap::new, Collectors.toList()));
    byTrace.forEach((trace, ofTrace) -> table(page, "#### " + trace, ofTrace, false));
    List<Setting> faulty = settings.keySet().stream().filter(Report::hasFault).toList();
    if (!faulty.isEmpty()) {
      table(page, "#### With faults", faulty, true);
    }
    return page.toString();
  }

  private String summary() {
    List<String> lost = new ArrayList<>();
    settings.forEach((setting, rows) -> {
      for (String loss : Verdict.losses(rows)) {
        lost.add("* " + name(setting) + ": " + loss);
      }
    });
    String own = settings.values().iterator().next().getFirst().policy();
    long lostSettings =
        settings.values().stream().filter(rows -> !Verdict.losses(rows).isEmpty()).count();
    return String.format(
            Locale.ROOT,
            "\n"
                + "%,d settings. In %,d of them no rival has a lower mean or p99 TTFT than `%s` by"
                + " more than 2 %%, nor, with a\n"
                + "p99 within 10 %%, a hit rate that `%s` does not reach to 97 %%. The others:\n\n",
            settings.size(),
            settings.size() - lostSettings,
            own,
            own)
        + (lost.isEmpty() ? "none" : String.join("\n", lost))
        + "\n";
  }

  private void table(StringBuilder page, String title, List<Setting> ofTable, boolean nameTraces) {
    List<String> policies = settings.values().iterator().next().stream().map(Row::policy).toList();
    page.append('\n').append(title).append("\n\n| ");
    page.append(nameTraces ? "trace | fault | " : "").append("load | targets | blocks | ");
    page.append(policies.stream().map("`%s`"::formatted).collect(Collectors.joining(" | ")));
    page.append(" |\n|").append(nameTraces ? "---|---|" : "").append("--:|--:|--:|");
    page.append("--:|".repeat(policies.size())).append('\n');
    for (Setting setting : ofTable) {
      page.append("| ");
      if (nameTraces) {
        page.append(setting.trace()).append(" | ").append(setting.fault()).append(" | ");
      }
      page.append(setting.load()).append(" | ").append(setting.workers()).append(" | ");
      page.append(setting.blocksText()).append(" | ");
      page.append(
          settings.getOrDefault(setting, List.of()).stream()
              .map(Row::text)
              .collect(Collectors.joining(" | ")));
      page.append(" |\n");
    }
  }

  private static String name(Setting setting) {
    return String.format(
        Locale.ROOT,
        "%s, load %s, %d targets of %s blocks%s",
        setting.trace(),
        setting.load(),
        setting.workers(),
        setting.blocksText(),
        hasFault(setting) ? ", " + setting.fault() : "");
  }

  private static boolean hasFault(Setting setting) {
    return !setting.fault().equals("none");
  }

  private static void write(Path file, String text) {
    try {
      if (file.getParent() != null) {
        Files.createDirectories(file.getParent());
      }
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
