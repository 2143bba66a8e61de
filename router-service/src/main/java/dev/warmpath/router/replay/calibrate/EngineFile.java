package dev.warmpath.router.replay.calibrate;

import dev.warmpath.router.replay.engine.EngineModel;
import dev.warmpath.router.replay.engine.EngineModelJson;
import dev.warmpath.router.replay.engine.Provenance;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The file of an engine, with constants that can be changed by name: fields with dots between, as
 * {@code decode.base_ms} or {@code polynomial.prefill[1]}. Immutable; any thread.
 */
public final class EngineFile {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  /** Where the constants of times are. */
  private static final Set<String> SECTIONS =
      Set.of(
          "frontend_ms",
          "transfer",
          "prefill",
          "decode",
          "aggregated",
          "attention_dp",
          "polynomial");

  private static final Pattern ELEMENT = Pattern.compile("(\\w+)\\[(\\d)]");

  private final String source;
  private final ObjectNode root;

  private EngineFile(String source, ObjectNode root) {
    this.source = source;
    this.root = root;
  }

  /**
   * Reads one.
   *
   * @param source name of the file, for messages
   * @throws IllegalArgumentException naming the file, the field and the value that does not fit
   */
  public static EngineFile parse(String source, String json) {
    EngineModelJson.read(source, json);
    return new EngineFile(source, (ObjectNode) JSON.readTree(json));
  }

  /**
   * The engine.
   *
   * @throws IllegalArgumentException naming the constant that does not fit
   */
  public EngineModel model() {
    return EngineModelJson.read(source, root.toString());
  }

  /** The text of the file, ending with a line end. */
  public String json() {
    return JSON.writeValueAsString(root) + "\n";
  }

  /** Names of all constants of times that the file has, in its order; tables are not fitted. */
  public List<String> names() {
    List<String> names = new ArrayList<>();
    for (Map.Entry<String, JsonNode> field : root.properties()) {
      if (SECTIONS.contains(field.getKey())) {
        addNames(names, field.getKey(), field.getValue());
      }
    }
    return names;
  }

  private static void addNames(List<String> names, String name, JsonNode value) {
    if (value.isNumber()) {
      names.add(name);
    } else if (value.has("ms")) {
      return;
    } else if (value instanceof ArrayNode list) {
      for (int i = 0; i < list.size(); i++) {
        addNames(names, name + "[" + i + "]", list.get(i));
      }
    } else {
      for (Map.Entry<String, JsonNode> field : value.properties()) {
        addNames(names, name + "." + field.getKey(), field.getValue());
      }
    }
  }

  /** The value of a constant; empty when the file does not have it. */
  public OptionalDouble constant(String name) {
    JsonNode node = root;
    for (String part : name.split("\\.", -1)) {
      Matcher element = ELEMENT.matcher(part);
      node =
          element.matches()
              ? node.path(element.group(1)).path(Integer.parseInt(element.group(2)))
              : node.path(part);
    }
    return node.isNumber() ? OptionalDouble.of(node.doubleValue()) : OptionalDouble.empty();
  }

  /**
   * The same with other values of some constants.
   *
   * @throws IllegalArgumentException if the engine can have no such constant
   */
  public EngineFile with(Map<String, Double> constants) {
    ObjectNode changed = root.deepCopy();
    constants.forEach((name, value) -> set(changed, name, value));
    return new EngineFile(source, changed);
  }

  private void set(ObjectNode changed, String name, double value) {
    String[] parts = name.split("\\.", -1);
    JsonNode node = changed;
    for (int i = 0; i < parts.length - 1; i++) {
      node = node.path(parts[i]);
    }
    String last = parts[parts.length - 1];
    Matcher element = ELEMENT.matcher(last);
    if (SECTIONS.contains(parts[0]) && node instanceof ObjectNode object) {
      if (!element.matches()) {
        object.put(last, value);
        return;
      }
      int index = Integer.parseInt(element.group(2));
      if (object.path(element.group(1)) instanceof ArrayNode list && index < list.size()) {
        list.set(index, value);
        return;
      }
    }
    throw new IllegalArgumentException(
        "'%s' is no constant of %s; it has %s".formatted(name, source, String.join(", ", names())));
  }

  /** The same with another name and another origin of its constants. */
  public EngineFile with(String name, Provenance provenance) {
    ObjectNode changed = root.deepCopy();
    changed.put("name", name);
    changed
        .putObject("provenance")
        .put("source", provenance.source())
        .put("hold_out", provenance.holdOut());
    return new EngineFile(source, changed);
  }
}
