package dev.warmpath.router.replay.load;

import dev.warmpath.router.replay.Prompt;
import java.math.BigDecimal;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Lines of a CSV trace: time, prompt tokens, output tokens. The time is in seconds, or a date and a
 * time of day as in the Azure traces; dates count from the first one. Prompts share nothing. One
 * thread.
 */
final class CsvLine {
  private static final int COLUMNS = 3;
  private static final int NANO_DIGITS = 9;
  private static final double MAX_SECONDS = 4e9;
  private static final int FIRST_YEAR = 1970;
  private static final int LAST_YEAR = 2200; // nanoseconds since 1970 fit a long
  private static final Pattern DATE =
      Pattern.compile(
          "(\\d{4})-(\\d\\d)-(\\d\\d)[ T](\\d\\d):(\\d\\d):(\\d\\d)(?:\\.(\\d{1,9})\\d*)?Z?");
  private static final long SECONDS_PER_DAY = 86_400;
  private static final long NANOS_PER_SECOND = 1_000_000_000;

  private long firstDateNanos = -1;
  private boolean fileBegins = true;

  /** Another file begins, whose dates may start before those of the one before. */
  void startFile() {
    fileBegins = true;
  }

  /** Whether a first line is CSV, good or bad, and not JSON, good or bad. */
  boolean looksLikeOne(String line) {
    return line.split(",", -1).length == COLUMNS && line.indexOf('{') < 0;
  }

  /** Whether a first line names the columns instead of holding a request. */
  boolean isHeading(String line) {
    String time = line.split(",", 2)[0].strip();
    return !time.isEmpty() && Character.isLetter(time.charAt(0));
  }

  LoadRequest parse(String line) {
    String[] columns = line.split(",", -1);
    if (columns.length != COLUMNS) {
      throw new IllegalArgumentException(
          "must have 3 columns (time, prompt tokens, output tokens), has " + columns.length);
    }
    Prompt prompt = new Prompt(whole("prompt tokens", columns[1], 1), new long[0]);
    int outputTokens = whole("output tokens", columns[2], 0);
    // Last, since a date may become the first one: that of a line which is left out must not.
    long time = time(columns[0].strip());
    return new LoadRequest(time, prompt, outputTokens, "", 0);
  }

  private long time(String text) {
    Matcher date = DATE.matcher(text);
    return date.matches() ? sinceFirst(text, dateNanos(date)) : secondsNanos(text);
  }

  private long sinceFirst(String text, long nanos) {
    if (firstDateNanos < 0 || (fileBegins && nanos < firstDateNanos)) {
      firstDateNanos = nanos;
    }
    fileBegins = false;
    if (nanos < firstDateNanos) {
      throw new IllegalArgumentException("time %s is before the first one".formatted(text));
    }
    return nanos - firstDateNanos;
  }

  private static long secondsNanos(String text) {
    try {
      BigDecimal seconds = new BigDecimal(text);
      if (seconds.signum() >= 0 && seconds.doubleValue() <= MAX_SECONDS) {
        return seconds.movePointRight(NANO_DIGITS).longValue();
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "time must be seconds or YYYY-MM-DD hh:mm:ss, was '%s'".formatted(text), e);
    }
    throw new IllegalArgumentException("time must be from 0 to 4e9 seconds, was " + text);
  }

  private static long dateNanos(Matcher date) {
    long days = daysSince1970(number(date, 1), number(date, 2), number(date, 3));
    long seconds =
        days * SECONDS_PER_DAY + number(date, 4) * 3_600L + number(date, 5) * 60L + number(date, 6);
    String fraction = date.group(7) == null ? "" : date.group(7);
    return seconds * NANOS_PER_SECOND
        + (fraction.isEmpty() ? 0 : Long.parseLong((fraction + "000000000").substring(0, 9)));
  }

  private static int number(Matcher date, int group) {
    return Integer.parseInt(date.group(group));
  }

  /** Howard Hinnant, chrono-Compatible Low-Level Date Algorithms: days_from_civil. */
  private static long daysSince1970(int year, int month, int day) {
    if (year < FIRST_YEAR || year > LAST_YEAR) {
      throw new IllegalArgumentException(
          "time must be in the years %d to %d, was in %d".formatted(FIRST_YEAR, LAST_YEAR, year));
    }
    if (month < 1 || month > 12 || day < 1 || day > 31) {
      throw new IllegalArgumentException(
          "time has month %d and day %d, which there are not".formatted(month, day));
    }
    int shifted = month <= 2 ? year - 1 : year;
    int era = Math.floorDiv(shifted, 400);
    int yearOfEra = shifted - era * 400;
    int dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
    return era * 146_097L + dayOfEra - 719_468L;
  }

  private static int whole(String name, String text, int least) {
    String stripped = text.strip();
    try {
      int value = Integer.parseInt(stripped);
      if (value >= least) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "%s must be a whole number, was '%s'".formatted(name, stripped), e);
    }
    throw new IllegalArgumentException(
        "%s must be at least %d, was %s".formatted(name, least, stripped));
  }
}
