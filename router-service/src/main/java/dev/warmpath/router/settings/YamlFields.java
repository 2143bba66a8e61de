package dev.warmpath.router.settings;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoublePredicate;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * The fields of one mapping of a YAML file. Complaints are {@link YamlException}s that name file,
 * line, the path of the field, and its value. Numbers, {@code true} and {@code false} stand without
 * quotes; a text is empty only where that is said. One thread.
 */
public final class YamlFields {
  private static final Pattern WHOLE = Pattern.compile("[-+]?[0-9]+");
  private static final Pattern NUMBER =
      Pattern.compile("[-+]?(?:[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)(?:[eE][-+]?[0-9]+)?");

  private final Source source;
  private final String path;
  private final Map<String, Node> fields;

  /**
   * A file.
   *
   * @param file its name
   * @param lines of what was read so far, by path
   */
  private record Source(String file, Map<String, Integer> lines) {
    YamlException at(String path, String problem, @Nullable Throwable cause) {
      String message = "%s:%d: %s".formatted(file, line(path), problem);
      return cause == null ? new YamlException(message) : new YamlException(message, cause);
    }

    /** Line of a field, or of the nearest mapping or list around it that was read. */
    private int line(String path) {
      for (String around = path; !around.isEmpty(); around = around(around)) {
        Integer line = lines.get(around);
        if (line != null) {
          return line;
        }
      }
      return 1;
    }

    private static String around(String path) {
      return path.substring(0, Math.max(0, Math.max(path.lastIndexOf('.'), path.lastIndexOf('['))));
    }
  }

  private YamlFields(Source source, String path, Map<String, Node> fields) {
    this.source = source;
    this.path = path;
    this.fields = fields;
  }

  /**
   * The fields of a whole file; none when it is empty.
   *
   * @param file its name, for messages
   * @param known names of the fields that it may have
   */
  public static YamlFields parse(String file, String text, List<String> known) {
    Source source = new Source(file, new HashMap<>());
    LoadSettings settings = LoadSettings.builder().setLabel(file).build();
    try {
      Optional<Node> root = new Compose(settings).composeString(text);
      return root.filter(node -> !isNothing(node))
          .map(node -> of(source, "", node, known))
          .orElseGet(() -> new YamlFields(source, "", Map.of()));
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
      throw new YamlException("%s:%d: is not YAML: %s".formatted(file, line, e.getProblem()), e);
    } catch (YamlEngineException e) {
      throw new YamlException("%s:1: is not YAML: %s".formatted(file, e.getMessage()), e);
    }
  }

  private static YamlFields of(Source source, String path, Node node, List<String> known) {
    if (!(node instanceof MappingNode mapping)) {
      throw source.at(
          path,
          "%s must be fields out of %s, was %s"
              .formatted(path.isEmpty() ? "the file" : path, String.join(", ", known), shown(node)),
          null);
    }
    Map<String, Node> fields = entries(source, path, mapping);
    for (String name : fields.keySet()) {
      if (!known.contains(name)) {
        String field = inside(path, name);
        throw source.at(
            field,
            "%s is no field: choose from %s".formatted(field, String.join(", ", known)),
            null);
      }
    }
    return new YamlFields(source, path, fields);
  }

  private static Map<String, Node> entries(Source source, String path, MappingNode mapping) {
    Map<String, Node> entries = new LinkedHashMap<>();
    for (NodeTuple entry : mapping.getValue()) {
      String name = entry.getKeyNode() instanceof ScalarNode key ? key.getValue() : "";
      String field = inside(path, name);
      source.lines.put(field, line(entry.getKeyNode()));
      if (name.isEmpty()) {
        String around = path.isEmpty() ? "the file" : path;
        throw source.at(field, "%s has a field without a name".formatted(around), null);
      }
      if (entries.put(name, entry.getValueNode()) != null) {
        throw source.at(field, "%s is given twice".formatted(field), null);
      }
    }
    return entries;
  }

  /** Whether a field is there, with a value or without. */
  public boolean has(String name) {
    return fields.containsKey(name);
  }

  /** The fields of a mapping, which must be there. */
  public YamlFields mapping(String name, List<String> known) {
    return of(source, inside(path, name), required(name), known);
  }

  /** The fields of a mapping; none when it is not there or says nothing. */
  public YamlFields mappingOrEmpty(String name, List<String> known) {
    return saysNothing(name)
        ? new YamlFields(source, inside(path, name), Map.of())
        : mapping(name, known);
  }

  /** The mappings of a list, in order; none when it is not there. */
  public List<YamlFields> mappings(String name, List<String> known) {
    List<YamlFields> all = new ArrayList<>();
    list(name).forEach((item, node) -> all.add(of(source, item, node, known)));
    return all;
  }

  /**
   * Mappings by names of the writer's own choice, in order, all with the same fields; none when the
   * field is not there or says nothing. One that says nothing has none of its fields.
   */
  public Map<String, YamlFields> mappingsByName(String name, List<String> known) {
    Map<String, YamlFields> all = new LinkedHashMap<>();
    if (!saysNothing(name)) {
      YamlFields named = namedNodes(name);
      named.fields.keySet().forEach(key -> all.put(key, named.mappingOrEmpty(key, known)));
    }
    return all;
  }

  /** A list of texts; empty when it is not there or says nothing. */
  public List<String> texts(String name) {
    List<String> all = new ArrayList<>();
    if (!saysNothing(name)) {
      list(name).forEach((item, node) -> all.add(text(item, node)));
    }
    return all;
  }

  /** A list of words out of several; empty when it is not there. */
  public List<String> words(String name, List<String> words) {
    List<String> all = new ArrayList<>();
    list(name).forEach((item, node) -> all.add(word(item, node, words)));
    return all;
  }

  /** Names of the writer's own choice, in order, each with a text or {@code ""}. */
  public Map<String, String> textsByName(String name) {
    Map<String, String> all = new LinkedHashMap<>();
    YamlFields named = namedNodes(name);
    named.fields.keySet().forEach(key -> all.put(key, named.textOrEmpty(key)));
    return all;
  }

  /** Names of the writer's own choice, in order, each with a text or a list of them. */
  public Map<String, List<String>> listsByName(String name) {
    Map<String, List<String>> all = new LinkedHashMap<>();
    YamlFields named = namedNodes(name);
    named.fields.forEach((key, node) -> {
      boolean several = node instanceof SequenceNode;
      List<String> texts = several ? named.texts(key) : List.of(named.text(key));
      if (texts.isEmpty()) {
        throw named.wrong(key, "a text or a list of them");
      }
      all.put(key, texts);
    });
    return all;
  }

  private YamlFields namedNodes(String name) {
    if (!(required(name) instanceof MappingNode mapping)) {
      throw wrong(name, "names with values");
    }
    String inside = inside(path, name);
    return new YamlFields(source, inside, entries(source, inside, mapping));
  }

  /** The items of a list by path, in order; none when the list is not there. */
  private Map<String, Node> list(String name) {
    Map<String, Node> items = new LinkedHashMap<>();
    if (!has(name)) {
      return items;
    }
    if (!(required(name) instanceof SequenceNode list)) {
      throw wrong(name, "a list");
    }
    for (Node node : list.getValue()) {
      String item = "%s[%d]".formatted(inside(path, name), items.size());
      source.lines.put(item, line(node));
      items.put(item, node);
    }
    return items;
  }

  /** A text, which must be there. */
  public String text(String name) {
    return text(inside(path, name), required(name));
  }

  /** A text or {@code ""}, in quotes; it must be there. */
  public String textOrEmpty(String name) {
    Node node = required(name);
    boolean isEmpty = node instanceof ScalarNode && !isPlain(node) && value(node).isEmpty();
    return isEmpty ? "" : text(name);
  }

  /** One word out of several, which must be there. */
  public String word(String name, List<String> words) {
    return word(inside(path, name), required(name), words);
  }

  /** One word out of several. */
  public String word(String name, String absent, List<String> words) {
    return has(name) ? word(name, words) : absent;
  }

  /** A whole number from {@code least}, which must be there. */
  public int count(String name, int least) {
    return (int) whole(name, least, Integer.MAX_VALUE);
  }

  /** A whole number from {@code least}. */
  public int count(String name, int absent, int least) {
    return has(name) ? count(name, least) : absent;
  }

  /** A whole number from {@code least} to {@code most}. */
  public long whole(String name, long absent, long least, long most) {
    return has(name) ? whole(name, least, most) : absent;
  }

  private long whole(String name, long least, long most) {
    Node node = required(name);
    if (isPlain(node) && WHOLE.matcher(value(node)).matches()) {
      BigInteger value = new BigInteger(value(node));
      if (value.compareTo(BigInteger.valueOf(least)) >= 0
          && value.compareTo(BigInteger.valueOf(most)) <= 0) {
        return value.longValue();
      }
    }
    throw wrong(name, "a whole number from %d to %d".formatted(least, most));
  }

  /** A number, 0 or more. */
  public double number(String name, double absent) {
    return number(name, absent, "a number, 0 or more", value -> value >= 0);
  }

  /** A number from {@code least} to {@code most}. */
  public double number(String name, double absent, double least, double most) {
    return number(
        name,
        absent,
        "a number from %s to %s".formatted(plain(least), plain(most)),
        value -> value >= least && value <= most);
  }

  /** A number above 0, which must be there. */
  public double aboveZero(String name) {
    required(name);
    return aboveZero(name, 0);
  }

  /** A number above 0. */
  public double aboveZero(String name, double absent) {
    return number(name, absent, "a number above 0", value -> value > 0);
  }

  /** A number above 0, at most {@code most}. */
  public double aboveZero(String name, double absent, double most) {
    return number(
        name,
        absent,
        "a number above 0, at most %s".formatted(plain(most)),
        value -> value > 0 && value <= most);
  }

  private double number(String name, double absent, String rule, DoublePredicate good) {
    if (!has(name)) {
      return absent;
    }
    Node node = required(name);
    if (isPlain(node) && NUMBER.matcher(value(node)).matches()) {
      double value = Double.parseDouble(value(node));
      if (Double.isFinite(value) && good.test(value)) {
        return value;
      }
    }
    throw wrong(name, rule);
  }

  /** {@code true} or {@code false}. */
  public boolean flag(String name, boolean absent) {
    if (!has(name)) {
      return absent;
    }
    Node node = required(name);
    if (isPlain(node) && (value(node).equals("true") || value(node).equals("false"))) {
      return value(node).equals("true");
    }
    throw wrong(name, "true or false");
  }

  /**
   * Makes a value of these fields.
   *
   * @param maker its {@link IllegalArgumentException} gets the line and path of these fields
   */
  public <T> T value(Supplier<T> maker) {
    return located(path, maker);
  }

  /**
   * Makes a value of a text, which must be there.
   *
   * @param maker its {@link IllegalArgumentException} gets the line and path of the field
   */
  public <T> T value(String name, Function<String, T> maker) {
    String text = text(name);
    return located(inside(path, name), () -> maker.apply(text));
  }

  private <T> T located(String where, Supplier<T> maker) {
    try {
      return maker.get();
    } catch (YamlException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      String prefix = where.isEmpty() ? "" : where + ": ";
      throw source.at(where, prefix + e.getMessage(), e);
    }
  }

  /** The complaint that a field, which is there, must be something that it is not. */
  public YamlException wrong(String name, String rule) {
    String field = inside(path, name);
    return source.at(
        field, "%s must be %s, was %s".formatted(field, rule, shown(required(name))), null);
  }

  /** A complaint about a field, which need not be there; {@code problem} goes after its path. */
  public YamlException complaint(String name, String problem) {
    String field = inside(path, name);
    return source.at(field, field + " " + problem, null);
  }

  /**
   * A complaint that names its fields itself.
   *
   * @param field path from the root of the file to what it is about, for the line
   */
  public YamlException at(String field, String problem) {
    return source.at(field, problem, null);
  }

  private Node required(String name) {
    Node node = fields.get(name);
    if (node == null) {
      throw complaint(name, "is missing");
    }
    return node;
  }

  private boolean saysNothing(String name) {
    return !has(name) || isNothing(required(name));
  }

  private String text(String field, Node node) {
    if (node instanceof ScalarNode && !isNothing(node) && !value(node).isEmpty()) {
      return value(node);
    }
    throw source.at(field, "%s must be a text, was %s".formatted(field, shown(node)), null);
  }

  private String word(String field, Node node, List<String> words) {
    if (node instanceof ScalarNode && words.contains(value(node))) {
      return value(node);
    }
    throw source.at(
        field,
        "%s must be one of %s, was %s".formatted(field, String.join(", ", words), shown(node)),
        null);
  }

  private static String value(Node node) {
    return node instanceof ScalarNode scalar ? scalar.getValue() : "";
  }

  private static boolean isPlain(Node node) {
    return node instanceof ScalarNode scalar && scalar.getScalarStyle() == ScalarStyle.PLAIN;
  }

  private static boolean isNothing(Node node) {
    return node.getTag().equals(Tag.NULL);
  }

  private static String shown(Node node) {
    return switch (node) {
      case MappingNode _ -> "fields";
      case SequenceNode _ -> "a list";
      default -> isPlain(node) ? "'%s'".formatted(value(node)) : "'\"%s\"'".formatted(value(node));
    };
  }

  private static String plain(double value) {
    return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
  }

  private static String inside(String path, String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  private static int line(Node node) {
    return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
  }
}
