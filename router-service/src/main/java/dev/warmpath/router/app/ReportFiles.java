package dev.warmpath.router.app;

import dev.warmpath.router.replay.report.MeasuredTable;
import dev.warmpath.router.replay.report.RunCharts;
import dev.warmpath.router.replay.report.SimulationPage;
import dev.warmpath.router.replay.report.SimulationPlots;
import dev.warmpath.router.replay.report.SimulationReport;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Writes what people look at of simulated runs: a page with charts, and charts for papers. */
final class ReportFiles {
  private static final String PAGE = "report.html";
  private static final String TEMPLATE = "report.html";

  /** Apache ECharts, put there by the build. */
  private static final String LIBRARY = "echarts.min.js";

  private ReportFiles() {}

  /** Removes what runs leave that are simulated in full: their requests, page and charts. */
  static void removeFrom(Path folder) throws IOException {
    Files.deleteIfExists(folder.resolve(RequestFile.NAME));
    Files.deleteIfExists(folder.resolve(PAGE));
    removeCharts(folder);
  }

  private static void removeCharts(Path folder) throws IOException {
    for (String chart : SimulationPlots.FILES) {
      Files.deleteIfExists(folder.resolve(chart));
    }
  }

  /** Writes the files into a folder that is there, in place of those of another run. */
  static void write(
      Path folder, SimulationReport report, List<RunCharts> charts, MeasuredTable measured)
      throws IOException {
    Files.writeString(
        folder.resolve(PAGE),
        SimulationPage.html(report, charts, measured, resource(TEMPLATE), resource(LIBRARY)));
    removeCharts(folder);
    for (Map.Entry<String, String> plot :
        SimulationPlots.svg(report, charts, measured).entrySet()) {
      Files.writeString(folder.resolve(plot.getKey()), plot.getValue());
    }
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = ReportFiles.class.getResourceAsStream("report/" + name)) {
      if (in == null) {
        throw new IllegalStateException("%s is missing in the jar".formatted(name));
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
