package dev.warmpath.router.replay.report;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** A chart as SVG: lines, or stacked bars. */
final class SvgPlot {
  /*
   * Written here and not by a chart library on AWT, since that measures texts with the fonts of the
   * machine: the same run would give other bytes elsewhere. Here nothing depends on a font, and
   * logarithms are strict.
   */
  private static final int WIDTH = 760;
  private static final int HEIGHT = 400;
  private static final int LEFT = 110;
  private static final int RIGHT = 200;
  private static final int TOP = 40;
  private static final int BOTTOM = 56;
  private static final int WIDE = WIDTH - LEFT - RIGHT;
  private static final int HIGH = HEIGHT - TOP - BOTTOM;
  private static final int Y_TITLE_LEFT = 44;
  private static final int LEGEND_STEP = 18;
  private static final int INTERVALS = 5;
  private static final double LOG_FROM_RATIO = 20;

  /** Okabe and Ito's colours without the yellow, dark ones for brown and black. */
  private static final List<String> COLOURS =
      List.of(
          "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#7A5C00", "#1B1F24", "#E69F00");

  private final StringBuilder out = new StringBuilder();
  private Scale across = new Scale(0, 1, false);
  private Scale up = new Scale(0, 1, false);

  /**
   * A line through points.
   *
   * @param name for the legend
   * @param x from the left
   * @param y from below; a gap where it is {@code NaN}
   * @param dashed whether it is what the others are compared with
   */
  record Line(String name, double[] x, double[] y, boolean dashed) {}

  /** Values on an axis, as shares of its length. */
  private record Scale(double least, double most, boolean log) {
    static Scale of(double least, double most, boolean mayBeLog) {
      boolean log = mayBeLog && least > 0 && most / least > LOG_FROM_RATIO;
      return new Scale(least, most > least ? most : least + 1, log);
    }

    double share(double value) {
      return log
          ? StrictMath.log10(value / least) / StrictMath.log10(most / least)
          : (value - least) / (most - least);
    }

    /** Round values, 1, 2 or 5 times a power of ten. */
    double[] ticks() {
      if (log) {
        double first = StrictMath.pow(10, StrictMath.floor(StrictMath.log10(least)));
        return DoubleStream.iterate(first, decade -> decade <= most, decade -> decade * 10)
            .flatMap(decade -> DoubleStream.of(decade, 2 * decade, 5 * decade))
            .filter(tick -> tick >= least && tick <= most)
            .toArray();
      }
      double rough = (most - least) / INTERVALS;
      double power = StrictMath.pow(10, StrictMath.floor(StrictMath.log10(rough)));
      double step =
          DoubleStream.of(1, 2, 5, 10).map(n -> n * power).filter(n -> n >= rough).min().orElse(1);
      long first = (long) Math.ceil(least / step);
      long last = (long) Math.floor(most / step);
      return IntStream.rangeClosed(0, (int) (last - first))
          .mapToDouble(i -> (first + i) * step)
          .toArray();
    }
  }

  private SvgPlot() {}

  /**
   * Lines over one another.
   *
   * @param mayBeLog whether the axis across may be logarithmic, which it is if values differ much
   */
  static String lines(
      String title, String xTitle, String yTitle, boolean mayBeLog, List<Line> lines) {
    double[] xs = lines.stream().flatMapToDouble(line -> Arrays.stream(line.x)).toArray();
    double[] ys =
        lines.stream()
            .flatMapToDouble(line -> Arrays.stream(line.y))
            .filter(y -> !Double.isNaN(y))
            .toArray();
    SvgPlot plot = new SvgPlot();
    double least = Arrays.stream(xs).min().orElse(0);
    plot.across = Scale.of(mayBeLog ? least : 0, Arrays.stream(xs).max().orElse(1), mayBeLog);
    plot.up = Scale.of(0, Arrays.stream(ys).max().orElse(1), false);
    plot.start(title, plot.across.log ? xTitle + " (logarithmic)" : xTitle);
    plot.text(
        Y_TITLE_LEFT,
        TOP + HIGH / 2.0,
        "middle",
        12,
        yTitle,
        " transform=\"rotate(-90 %d %d)\"".formatted(Y_TITLE_LEFT, TOP + HIGH / 2));
    for (double tick : plot.up.ticks()) {
      plot.rule(LEFT, plot.y(tick), LEFT + WIDE, plot.y(tick));
      plot.text(LEFT - 8, plot.y(tick) + 4, "end", 12, number(tick), "");
    }
    for (int i = 0; i < lines.size(); i++) {
      plot.line(lines.get(i), i);
      plot.legend(i, lines.get(i).name, COLOURS.get(i % COLOURS.size()));
    }
    return plot.end();
  }

  /**
   * A bar a row, of parts one after the other.
   *
   * @param values a row each, a part in each
   */
  static String bars(
      String title, String xTitle, List<String> rows, List<String> parts, double[][] values) {
    SvgPlot plot = new SvgPlot();
    double most =
        Arrays.stream(values).mapToDouble(row -> Arrays.stream(row).sum()).max().orElse(1);
    plot.across = Scale.of(0, most, false);
    plot.start(title, xTitle);
    double step = (double) HIGH / Math.max(1, rows.size());
    for (int row = 0; row < rows.size(); row++) {
      double from = 0;
      double top = TOP + row * step + step * 0.15;
      plot.text(LEFT - 6, top + step * 0.35 + 4, "end", 11, rows.get(row), "");
      for (int part = 0; part < parts.size(); part++) {
        double to = from + values[row][part];
        plot.add(
            String.format(
                Locale.ROOT,
                "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"%s\"/>",
                plot.x(from),
                top,
                plot.x(to) - plot.x(from),
                step * 0.7,
                COLOURS.get(part)));
        from = to;
      }
    }
    for (int part = 0; part < parts.size(); part++) {
      plot.legend(part, parts.get(part), COLOURS.get(part));
    }
    return plot.end();
  }

  private void start(String title, String xTitle) {
    add(
        String.format(
            Locale.ROOT,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\""
                + " height=\"%d\" font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\""
                + " fill=\"#1b1f24\">",
            WIDTH,
            HEIGHT,
            WIDTH,
            HEIGHT));
    add(
        String.format(
            Locale.ROOT, "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>", WIDTH, HEIGHT));
    text(LEFT, 24, "start", 15, title, " font-weight=\"bold\"");
    text(LEFT + WIDE / 2.0, HEIGHT - 14, "middle", 12, xTitle, "");
    for (double tick : across.ticks()) {
      rule(x(tick), TOP, x(tick), TOP + HIGH);
      text(x(tick), TOP + HIGH + 18, "middle", 12, number(tick), "");
    }
    add(
        String.format(
            Locale.ROOT,
            "<path d=\"M%d %dV%dH%d\" fill=\"none\" stroke=\"#3b434b\"/>",
            LEFT,
            TOP,
            TOP + HIGH,
            LEFT + WIDE));
  }

  private String end() {
    return out.append("</svg>\n").toString();
  }

  private void line(Line line, int number) {
    StringBuilder path = new StringBuilder();
    boolean on = false;
    for (int i = 0; i < line.x.length; i++) {
      boolean known = !Double.isNaN(line.y[i]);
      if (known) {
        path.append(on ? 'L' : 'M')
            .append(String.format(Locale.ROOT, "%.2f %.2f", x(line.x[i]), y(line.y[i])));
      }
      on = known;
    }
    add(
        String.format(
            Locale.ROOT,
            "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.8\"%s/>",
            path,
            COLOURS.get(number % COLOURS.size()),
            line.dashed ? " stroke-dasharray=\"6 4\"" : ""));
  }

  private void legend(int number, String name, String colour) {
    double top = TOP + number * LEGEND_STEP;
    add(
        String.format(
            Locale.ROOT,
            "<rect x=\"%d\" y=\"%.2f\" width=\"14\" height=\"4\" fill=\"%s\"/>",
            LEFT + WIDE + 14,
            top + 4,
            colour));
    text(LEFT + WIDE + 34, top + 10, "start", 11, name, "");
  }

  private void rule(double fromX, double fromY, double toX, double toY) {
    add(
        String.format(
            Locale.ROOT,
            "<path d=\"M%.2f %.2fL%.2f %.2f\" stroke=\"#e1e5e9\"/>",
            fromX,
            fromY,
            toX,
            toY));
  }

  private void text(double x, double y, String anchor, int size, String text, String more) {
    add(
        String.format(
            Locale.ROOT,
            "<text x=\"%.2f\" y=\"%.2f\" text-anchor=\"%s\" font-size=\"%d\"%s>%s</text>",
            x,
            y,
            anchor,
            size,
            more,
            escaped(text)));
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  private double x(double value) {
    return LEFT + WIDE * across.share(value);
  }

  private double y(double value) {
    return TOP + HIGH * (1 - up.share(value));
  }

  private static String number(double value) {
    if (value == Math.rint(value)) {
      return String.format(Locale.ROOT, "%,d", (long) value);
    }
    return String.format(Locale.ROOT, "%.4f", value).replaceFirst("0+$", "");
  }

  private void add(String tag) {
    out.append(tag).append('\n');
  }
}
