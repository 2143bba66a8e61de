package dev.warmpath.router.replay.deploy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * The fields of one mapping of a YAML file. Complaints are {@link IllegalArgumentException}s that
 * name file, line, field and value. One thread.
 */
final class YamlFields {
  private final String file;
  private final Node node;
  private final Map<String, NodeTuple> fields = new LinkedHashMap<>();

  private YamlFields(String file, Node node, List<String> known) {
    this.file = file;
    this.node = node;
    if (!(node instanceof MappingNode mapping)) {
      throw at(node, "must be fields out of " + String.join(", ", known));
    }
    for (NodeTuple field : mapping.getValue()) {
      String name = field.getKeyNode() instanceof ScalarNode key ? key.getValue() : "";
      if (!known.contains(name)) {
        throw at(
            field.getKeyNode(),
            "field '%s' is unknown here: choose from %s".formatted(name, String.join(", ", known)));
      }
      if (fields.put(name, field) != null) {
        throw at(field.getKeyNode(), "field '%s' is given twice".formatted(name));
      }
    }
  }

  /** The fields of a whole file. */
  static YamlFields parse(String file, String text, List<String> known) {
    LoadSettings settings = LoadSettings.builder().setLabel(file).build();
    try {
      Node root =
          new Compose(settings)
              .composeString(text)
              .orElseThrow(() -> new IllegalArgumentException(file + ":1: is empty"));
      return new YamlFields(file, root, known);
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
      throw new IllegalArgumentException(
          "%s:%d: is not YAML: %s".formatted(file, line, e.getProblem()), e);
    } catch (YamlEngineException e) {
      throw new IllegalArgumentException(file + ": is not YAML: " + e.getMessage(), e);
    }
  }

  boolean has(String name) {
    return fields.containsKey(name);
  }

  YamlFields mapping(String name, List<String> known) {
    return new YamlFields(file, required(name), known);
  }

  List<YamlFields> mappings(String name, List<String> known) {
    List<YamlFields> all = new ArrayList<>();
    if (has(name)) {
      for (Node item : list(name)) {
        all.add(new YamlFields(file, item, known));
      }
    }
    return all;
  }

  List<String> texts(String name) {
    List<String> all = new ArrayList<>();
    if (has(name)) {
      for (Node item : list(name)) {
        all.add(scalar(name, item));
      }
    }
    return all;
  }

  /** Names of the writer's own choice, each with a value or a list of them; empty when absent. */
  Map<String, List<String>> named(String name) {
    Map<String, List<String>> all = new LinkedHashMap<>();
    if (!has(name)) {
      return all;
    }
    if (!(required(name) instanceof MappingNode mapping)) {
      throw at(required(name), name + " must be names with values");
    }
    for (NodeTuple entry : mapping.getValue()) {
      String key = scalar(name, entry.getKeyNode());
      List<Node> values =
          entry.getValueNode() instanceof SequenceNode list
              ? list.getValue()
              : List.of(entry.getValueNode());
      if (all.put(key, values.stream().map(value -> scalar(key, value)).toList()) != null) {
        throw at(entry.getKeyNode(), "%s has '%s' twice".formatted(name, key));
      }
    }
    return all;
  }

  private List<Node> list(String name) {
    Node value = required(name);
    if (value instanceof SequenceNode list) {
      return list.getValue();
    }
    throw at(value, name + " must be a list");
  }

  String text(String name) {
    return scalar(name, required(name));
  }

  int whole(String name, int least, @Nullable Integer absent) {
    if (!has(name) && absent != null) {
      return absent;
    }
    String text = text(name);
    try {
      int value = Integer.parseInt(text);
      if (value >= least) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw wrong(name, "a whole number", text, e);
    }
    throw wrong(name, "at least " + least, text, null);
  }

  double number(String name, double absent) {
    if (!has(name)) {
      return absent;
    }
    String text = text(name);
    try {
      double value = Double.parseDouble(text);
      if (value >= 0 && value < Double.POSITIVE_INFINITY) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw wrong(name, "a number", text, e);
    }
    throw wrong(name, "a number from 0", text, null);
  }

  boolean flag(String name, boolean absent) {
    if (!has(name)) {
      return absent;
    }
    String text = text(name);
    if (text.equals("true") || text.equals("false")) {
      return text.equals("true");
    }
    throw wrong(name, "true or false", text, null);
  }

  /** One word out of several. */
  String oneOf(String name, String absent, List<String> words) {
    String word = has(name) ? text(name) : absent;
    if (words.contains(word)) {
      return word;
    }
    throw wrong(name, "one of " + String.join(", ", words), word, null);
  }

  /** Makes a value of these fields; a complaint that names no file gets their line. */
  <T> T value(Supplier<T> maker) {
    try {
      return maker.get();
    } catch (IllegalArgumentException e) {
      boolean located = String.valueOf(e.getMessage()).startsWith(file + ":");
      throw located
          ? e
          : new IllegalArgumentException(
              "%s:%d: %s".formatted(file, line(node), e.getMessage()), e);
    }
  }

  private Node required(String name) {
    NodeTuple field = fields.get(name);
    if (field == null) {
      throw at(node, name + " is missing");
    }
    return field.getValueNode();
  }

  private String scalar(String name, Node value) {
    if (value instanceof ScalarNode scalar) {
      return scalar.getValue();
    }
    throw at(value, name + " must be a single value");
  }

  private IllegalArgumentException wrong(
      String name, String what, String text, @Nullable Exception cause) {
    return new IllegalArgumentException(
        "%s:%d: %s must be %s, was '%s'".formatted(file, line(required(name)), name, what, text),
        cause);
  }

  private IllegalArgumentException at(Node where, String problem) {
    return new IllegalArgumentException("%s:%d: %s".formatted(file, line(where), problem));
  }

  private static int line(Node where) {
    return where.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
  }
}
