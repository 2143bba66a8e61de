package dev.warmpath.router.app;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The {@code key=value} arguments of one flag; complaints name flag, key and value. */
final class LoopArguments {
  private static final Pattern RANGE = Pattern.compile("(\\d+)\\.\\.(\\d+)");

  private final String flag;
  private final Map<String, String> values = new LinkedHashMap<>();

  LoopArguments(String flag, List<String> arguments, List<String> known) {
    this.flag = flag;
    for (String argument : arguments) {
      int equals = argument.indexOf('=');
      String key = equals < 0 ? argument : argument.substring(0, equals);
      if (equals < 0 || !known.contains(key)) {
        throw new IllegalArgumentException(
            "%s takes %s, was given '%s'"
                .formatted(flag, String.join("=, ", known) + "=", argument));
      }
      if (values.put(key, argument.substring(equals + 1)) != null) {
        throw new IllegalArgumentException("%s has %s twice".formatted(flag, key));
      }
    }
  }

  boolean has(String key) {
    return values.containsKey(key);
  }

  /** A whole number from 1. */
  int whole(String key, @Nullable Integer absent) {
    String text = values.get(key);
    if (text == null) {
      if (absent == null) {
        throw new IllegalArgumentException("%s needs %s=".formatted(flag, key));
      }
      return absent;
    }
    return whole(key, text, text);
  }

  /** A number above 0. */
  double number(String key) {
    String text = values.getOrDefault(key, "");
    try {
      double value = Double.parseDouble(text);
      if (value > 0 && value < Double.POSITIVE_INFINITY) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(wrong(key, "a number above 0", text), e);
    }
    throw new IllegalArgumentException(wrong(key, "a number above 0", text));
  }

  /** A whole number as it is, or with an {@code x} after it, times {@code base}. */
  int multiple(String key, String absent, int base) {
    String text = values.getOrDefault(key, absent);
    boolean times = text.endsWith("x");
    int number = least0(key, times ? text.substring(0, text.length() - 1) : text, text);
    long product = times ? (long) number * base : number;
    if (product > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "%s %s must come to at most %d, was '%s', that is %d"
              .formatted(flag, key, Integer.MAX_VALUE, text, product));
    }
    return (int) product;
  }

  /**
   * Whole numbers from 1, separated by commas; {@code A..B} doubles from A up to B: {@code
   * 1,2,4..128} is 1,2,4,8,16,32,64,128.
   */
  List<Integer> list(String key) {
    String text = values.get(key);
    if (text == null) {
      throw new IllegalArgumentException("%s needs %s=".formatted(flag, key));
    }
    List<Integer> all = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      Matcher range = RANGE.matcher(part);
      if (range.matches()) {
        int last = whole(key, range.group(2), text);
        for (long n = whole(key, range.group(1), text); n <= last; n *= 2) {
          all.add((int) n);
        }
      } else {
        all.add(whole(key, part, text));
      }
    }
    if (all.isEmpty()) {
      throw new IllegalArgumentException(wrong(key, "whole numbers from 1", text));
    }
    return all;
  }

  private int whole(String key, String number, String text) {
    int value = least0(key, number, text);
    if (value == 0) {
      throw new IllegalArgumentException(wrong(key, "a whole number from 1", text));
    }
    return value;
  }

  private int least0(String key, String number, String text) {
    try {
      int value = Integer.parseInt(number);
      if (value >= 0) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(wrong(key, "a whole number", text), e);
    }
    throw new IllegalArgumentException(wrong(key, "a whole number", text));
  }

  private String wrong(String key, String what, String text) {
    return "%s %s must be %s, was '%s'".formatted(flag, key, what, text);
  }
}
