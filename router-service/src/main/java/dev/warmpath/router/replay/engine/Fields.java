package dev.warmpath.router.replay.engine;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** The fields of one JSON object, and which of them were asked for. One thread. */
final class Fields {
  private final String path;
  private final JsonNode object;
  private final Set<String> known = new HashSet<>();

  /**
   * @param path what leads to the object, for messages; empty for the whole file
   */
  Fields(String path, JsonNode object) {
    if (!object.isObject()) {
      throw new IllegalArgumentException(
          "%s must be an object, was %s".formatted(path.isEmpty() ? "the file" : path, object));
    }
    this.path = path;
    this.object = object;
  }

  boolean has(String name) {
    known.add(name);
    return object.has(name);
  }

  Fields object(String name) {
    return new Fields(pathOf(name), required(name));
  }

  Fields objectOrEmpty(String name) {
    return has(name)
        ? object(name)
        : new Fields(pathOf(name), JsonNodeFactory.instance.objectNode());
  }

  List<Fields> objects(String name) {
    if (!has(name)) {
      return List.of();
    }
    List<Fields> all = new ArrayList<>();
    for (JsonNode one : list(name)) {
      all.add(new Fields(pathOf(name) + "[" + all.size() + "]", one));
    }
    return all;
  }

  String text(String name) {
    JsonNode value = required(name);
    if (!value.isString()) {
      throw wrong(name, "text", value);
    }
    return value.stringValue();
  }

  double number(String name) {
    return number(name, required(name));
  }

  double number(String name, double absent) {
    return has(name) ? number(name) : absent;
  }

  /** Makes a value; complaints get the path of the object before them. */
  <T> T value(Supplier<T> maker) {
    try {
      return maker.get();
    } catch (IllegalArgumentException e) {
      String complaint = String.valueOf(e.getMessage());
      throw complaint.startsWith(path + ".")
          ? e
          : new IllegalArgumentException(pathOf(complaint), e);
    }
  }

  /** Lists of numbers, one for each row of a table. */
  List<List<Double>> rows(String name) {
    List<List<Double>> all = new ArrayList<>();
    for (JsonNode row : list(name)) {
      if (!row.isArray()) {
        throw wrong(name, "a list of lists of numbers", required(name));
      }
      all.add(numbers(name, row));
    }
    return all;
  }

  List<Double> numbers(String name) {
    return numbers(name, list(name));
  }

  private List<Double> numbers(String name, JsonNode list) {
    List<Double> all = new ArrayList<>();
    for (JsonNode one : list) {
      all.add(number(name, one));
    }
    return all;
  }

  List<Double> numbers(String name, int count) {
    List<Double> all = numbers(name);
    if (all.size() != count) {
      throw wrong(name, "a list of " + count + " numbers", required(name));
    }
    return all;
  }

  int whole(String name, int absent) {
    if (!has(name)) {
      return absent;
    }
    JsonNode value = required(name);
    if (!value.isInt() || value.intValue() < 1) {
      throw wrong(name, "a whole number from 1", value);
    }
    return value.intValue();
  }

  boolean flag(String name) {
    if (!has(name)) {
      return false;
    }
    JsonNode value = required(name);
    if (!value.isBoolean()) {
      throw wrong(name, "true or false", value);
    }
    return value.booleanValue();
  }

  void requireNoOthers() {
    for (String name : object.propertyNames()) {
      if (!known.contains(name)) {
        throw new IllegalArgumentException(
            "%s is unknown here; known are %s"
                .formatted(pathOf(name), String.join(", ", known.stream().sorted().toList())));
      }
    }
  }

  private JsonNode list(String name) {
    JsonNode value = required(name);
    if (!value.isArray()) {
      throw wrong(name, "a list", value);
    }
    return value;
  }

  private JsonNode required(String name) {
    known.add(name);
    JsonNode value = object.get(name);
    if (value == null) {
      throw new IllegalArgumentException(pathOf(name) + " is missing");
    }
    return value;
  }

  private double number(String name, JsonNode value) {
    if (!value.isNumber()) {
      throw wrong(name, "a number", value);
    }
    return value.doubleValue();
  }

  private IllegalArgumentException wrong(String name, String what, JsonNode value) {
    return new IllegalArgumentException(
        "%s must be %s, was %s".formatted(pathOf(name), what, value));
  }

  private String pathOf(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }
}
