package dev.warmpath.router.app;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * A mapping in a YAML file, read field by field. Each error is an {@link IllegalArgumentException}
 * that names the path to the field, and its value. A field that nobody asked for is an error of
 * {@link #end}. One thread.
 */
final class YamlSection {
  private final String path;
  private final Map<String, @Nullable Object> fields;
  private final Set<String> read = new HashSet<>();

  private YamlSection(String path, Map<String, @Nullable Object> fields) {
    this.path = path;
    this.fields = fields;
  }

  /** The mapping that a file consists of; an empty file is an empty mapping. */
  static YamlSection root(String text) {
    try {
      return of("", new Load(LoadSettings.builder().build()).loadFromString(text));
    } catch (MarkedYamlEngineException e) {
      String line =
          e.getProblemMark().map(mark -> "line " + (mark.getLine() + 1) + ": ").orElse("");
      throw new IllegalArgumentException(line + "is not YAML: " + e.getProblem(), e);
    } catch (YamlEngineException e) {
      throw new IllegalArgumentException("is not YAML: " + e.getMessage(), e);
    }
  }

  private static YamlSection of(String path, @Nullable Object value) {
    if (value == null) {
      return new YamlSection(path, Map.of());
    }
    if (!(value instanceof Map<?, ?> mapping)) {
      throw new IllegalArgumentException(
          (path.isEmpty() ? "the file" : path) + " must be a mapping of fields: " + value);
    }
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    mapping.forEach((name, field) -> fields.put(String.valueOf(name), field));
    return new YamlSection(path, fields);
  }

  /** Names of the fields that are there. */
  Set<String> names() {
    return fields.keySet();
  }

  /** A mapping inside; empty when it is not there. */
  YamlSection section(String name) {
    return of(path(name), field(name));
  }

  /** A list of mappings; empty when it is not there. */
  List<YamlSection> sections(String name) {
    Object value = field(name);
    if (value == null) {
      return List.of();
    }
    if (!(value instanceof List<?> items)) {
      throw wrong(name, "must be a list", value);
    }
    List<YamlSection> sections = new ArrayList<>();
    for (Object item : items) {
      sections.add(of("%s[%d]".formatted(path(name), sections.size()), item));
    }
    return sections;
  }

  String text(String name, String fallback) {
    Object value = field(name);
    return value == null ? fallback : text(name, value);
  }

  /** One of a few words. */
  String oneOf(String name, String fallback, String... words) {
    String value = text(name, fallback);
    if (!Arrays.asList(words).contains(value)) {
      throw wrong(name, "must be one of " + String.join(", ", words), value);
    }
    return value;
  }

  /** Some words without order. */
  Set<String> texts(String name) {
    Object value = field(name);
    if (value == null) {
      return Set.of();
    }
    if (!(value instanceof Collection<?> items)) {
      throw wrong(name, "must be a list", value);
    }
    return items.stream().map(item -> text(name, item)).collect(Collectors.toUnmodifiableSet());
  }

  /** Names with a text each. */
  Map<String, String> labels(String name, Map<String, String> fallback) {
    if (field(name) == null) {
      return fallback;
    }
    YamlSection section = section(name);
    Map<String, String> labels = new LinkedHashMap<>();
    section.names().forEach(label -> labels.put(label, section.text(label, "")));
    return labels;
  }

  /** A finite number above 0. */
  double aboveZero(String name, double fallback) {
    Object value = field(name);
    if (value == null) {
      return fallback;
    }
    double number = value instanceof Number given ? given.doubleValue() : Double.NaN;
    if (!(number > 0) || Double.isInfinite(number)) {
      throw wrong(name, "must be a number above 0", value);
    }
    return number;
  }

  /** A number from {@code least} to {@code most}. */
  double number(String name, double fallback, double least, double most) {
    Object value = field(name);
    if (value == null) {
      return fallback;
    }
    double number = value instanceof Number given ? given.doubleValue() : Double.NaN;
    if (!(number >= least && number <= most)) {
      throw wrong(name, "must be a number from %s to %s".formatted(least, most), value);
    }
    return number;
  }

  /** A whole number, 0 or more. */
  long whole(String name, long fallback) {
    Object value = field(name);
    if (value == null) {
      return fallback;
    }
    if (!(value instanceof Integer || value instanceof Long) || ((Number) value).longValue() < 0) {
      throw wrong(name, "must be a whole number, 0 or more", value);
    }
    return ((Number) value).longValue();
  }

  /** The error of a field with a value that will not do. */
  IllegalArgumentException wrong(String name, String rule, Object value) {
    return new IllegalArgumentException("%s %s: %s".formatted(path(name), rule, value));
  }

  /** Refuses fields that were not read: whoever wrote them meant something by it. */
  void end() {
    List<String> unknown = fields.keySet().stream().filter(name -> !read.contains(name)).toList();
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException(
          "%s is no field here; there are: %s"
              .formatted(
                  path(unknown.getFirst()), String.join(", ", read.stream().sorted().toList())));
    }
  }

  private @Nullable Object field(String name) {
    read.add(name);
    return fields.get(name);
  }

  private String text(String name, @Nullable Object value) {
    if (value == null || value instanceof Map || value instanceof Collection) {
      throw wrong(name, "must be plain text", String.valueOf(value));
    }
    return value.toString();
  }

  private String path(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }
}
