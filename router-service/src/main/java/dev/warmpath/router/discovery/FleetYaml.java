package dev.warmpath.router.discovery;

import com.google.protobuf.Descriptors.FieldDescriptor;
import dev.warmpath.router.fleet.Worker;
import dev.warmpath.v1.WorkerInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * Reads the workers out of a fleet file. Unlike values in etcd, a field without meaning is an
 * error: whoever wrote it can correct it.
 */
final class FleetYaml {
  private static final String WORKERS = "workers";

  private final String file;

  private FleetYaml(String file) {
    this.file = file;
  }

  /**
   * The workers in {@code text}.
   *
   * @param file named in errors
   * @throws FleetFileException says the line and field of the first mistake
   */
  static List<Worker> parse(String file, String text) throws FleetFileException {
    return new FleetYaml(file).workers(text);
  }

  private List<Worker> workers(String text) throws FleetFileException {
    List<Worker> workers = new ArrayList<>();
    for (Node node : workerNodes(compose(text))) {
      Worker worker = worker(node);
      checkPeers(worker, workers, node);
      workers.add(worker);
    }
    return workers;
  }

  private Node compose(String text) throws FleetFileException {
    LoadSettings settings = LoadSettings.builder().setLabel(file).build();
    try {
      return new Compose(settings)
          .composeString(text)
          .orElseThrow(() -> new FleetFileException(file + ": is empty, must have 'workers:'"));
    } catch (MarkedYamlEngineException e) {
      String line = e.getProblemMark().map(mark -> " line " + (mark.getLine() + 1)).orElse("");
      throw new FleetFileException(file + line + ": is not YAML: " + e.getProblem());
    } catch (YamlEngineException e) {
      throw new FleetFileException(file + ": is not YAML: " + e.getMessage());
    }
  }

  private List<Node> workerNodes(Node root) throws FleetFileException {
    if (root instanceof MappingNode mapping && mapping.getValue().size() == 1) {
      NodeTuple only = mapping.getValue().getFirst();
      if (name(only).equals(WORKERS) && only.getValueNode() instanceof SequenceNode list) {
        return list.getValue();
      }
    }
    throw at(root, "must have one key, 'workers', with a list of workers");
  }

  private Worker worker(Node node) throws FleetFileException {
    if (!(node instanceof MappingNode mapping)) {
      throw at(node, "a worker must be a mapping of fields");
    }
    WorkerInfo.Builder info = WorkerInfo.newBuilder();
    Map<String, Node> keys = new HashMap<>();
    for (NodeTuple tuple : mapping.getValue()) {
      if (keys.put(name(tuple), tuple.getKeyNode()) != null) {
        throw at(tuple.getKeyNode(), "field '" + name(tuple) + "' is given twice");
      }
      merge(info, tuple);
    }
    try {
      return WorkerInfoCodec.fromProto(info.build());
    } catch (BadWorkerException e) {
      String field =
          WorkerInfoCodec.fieldNames().stream().filter(e::isAbout).findFirst().orElse("");
      Node culprit = keys.getOrDefault(field, node);
      boolean missing = !field.isEmpty() && !keys.containsKey(field);
      throw at(culprit, (missing ? "field '" + field + "' is missing: " : "") + e.getMessage());
    }
  }

  private void merge(WorkerInfo.Builder info, NodeTuple tuple) throws FleetFileException {
    FieldDescriptor field = WorkerInfoCodec.field(name(tuple));
    if (field == null || !field.getName().equals(name(tuple))) {
      throw at(tuple.getKeyNode(), "unknown field '" + name(tuple) + "'");
    }
    try {
      WorkerInfoCodec.mergeField(info, field, json(field, tuple.getValueNode()));
    } catch (BadWorkerException e) {
      throw at(tuple.getKeyNode(), String.valueOf(e.getMessage()));
    }
  }

  /** Fields are scalars, lists of scalars and maps of scalars; nothing is nested deeper. */
  private String json(FieldDescriptor field, Node node) throws FleetFileException {
    return switch (node) {
      case ScalarNode scalar -> scalarJson(field, scalar);
      case SequenceNode list -> {
        List<String> items = new ArrayList<>();
        for (Node item : list.getValue()) {
          items.add(scalarJson(field, item));
        }
        yield "[" + String.join(",", items) + "]";
      }
      case MappingNode mapping -> {
        List<String> entries = new ArrayList<>();
        for (NodeTuple entry : mapping.getValue()) {
          entries.add(
              WorkerInfoCodec.quoted(field, name(entry))
                  + ":"
                  + scalarJson(field, entry.getValueNode()));
        }
        yield "{" + String.join(",", entries) + "}";
      }
      default -> throw at(node, field.getName() + ": cannot be read");
    };
  }

  /** The YAML core types other than text are written as in JSON. */
  private String scalarJson(FieldDescriptor field, Node node) throws FleetFileException {
    if (!(node instanceof ScalarNode scalar)) {
      throw at(node, field.getName() + " must not be nested this deep");
    }
    boolean literal = Set.of(Tag.INT, Tag.BOOL).contains(scalar.getTag()) && !field.isMapField();
    return literal ? scalar.getValue() : WorkerInfoCodec.quoted(field, scalar.getValue());
  }

  private void checkPeers(Worker worker, List<Worker> before, Node node) throws FleetFileException {
    for (Worker peer : before) {
      if (peer.id().equals(worker.id())) {
        throw at(node, "worker_id '" + worker.id() + "' is given twice");
      }
      if (peer.model().equals(worker.model()) && peer.blockSize() != worker.blockSize()) {
        throw at(
            node,
            "block_size %d of worker '%s' differs from the %d of worker '%s', same model"
                .formatted(worker.blockSize(), worker.id(), peer.blockSize(), peer.id()));
      }
    }
  }

  private String name(NodeTuple tuple) throws FleetFileException {
    if (tuple.getKeyNode() instanceof ScalarNode scalar) {
      return scalar.getValue();
    }
    throw at(tuple.getKeyNode(), "a key must be plain text");
  }

  private FleetFileException at(Node node, String problem) {
    String line = node.getStartMark().map(mark -> " line " + (mark.getLine() + 1)).orElse("");
    return new FleetFileException(file + line + ": " + problem);
  }
}
