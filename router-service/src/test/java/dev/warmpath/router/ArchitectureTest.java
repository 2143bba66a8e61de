package dev.warmpath.router;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.INTERFACES;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.JavaModifier.ABSTRACT;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.CompositeArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.warmpath.router.replay.TraceFormatException;
import dev.warmpath.router.replay.TraceLines;
import dev.warmpath.router.replay.load.TraceReader;
import dev.warmpath.router.replay.load.WholeTrace;
import dev.warmpath.router.workersim.Generation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** Keeps the rooms of docs/architecture.md, in the indexer and in the router. */
@AnalyzeClasses(
    packages = {"dev.warmpath.indexer", "dev.warmpath.router"},
    importOptions = ArchitectureTest.WithoutTests.class)
class ArchitectureTest {
  private static final String BLOCK = "dev.warmpath.indexer.block";
  private static final String EVENT = "dev.warmpath.indexer.event";
  private static final String INDEX = "dev.warmpath.indexer.index";
  private static final String INGEST = "dev.warmpath.indexer.ingest";
  private static final String FLEET = "dev.warmpath.router.fleet";
  private static final String ROUTE = "dev.warmpath.router.route";
  private static final String SETTINGS = "dev.warmpath.router.settings";
  private static final String DISCOVERY = "dev.warmpath.router.discovery";
  private static final String GRPC = "dev.warmpath.router.grpc";
  private static final String ADMIN = "dev.warmpath.router.admin";
  private static final String REPLAY = "dev.warmpath.router.replay";
  private static final String ENGINE = REPLAY + ".engine";
  private static final String LOAD = REPLAY + ".load";
  private static final String DEPLOY = REPLAY + ".deploy";
  private static final String SERVE = REPLAY + ".serve";
  private static final String REPORT = REPLAY + ".report";
  private static final String STUDY = REPLAY + ".study";
  private static final String CALIBRATE = REPLAY + ".calibrate";
  private static final String RIVALS = "dev.warmpath.router.replay.rivals";
  private static final String REPLICAS = "dev.warmpath.router.replicas";
  private static final String LOADS = "dev.warmpath.router.loads";
  private static final String WORKERSIM = "dev.warmpath.router.workersim";
  private static final String APP = "dev.warmpath.router.app";

  private static final String MESSAGES = "dev.warmpath.v1..";
  private static final String PROTOBUF = "com.google.protobuf..";
  private static final String STATUS_DETAILS = "com.google.rpc..";
  private static final String GRPC_JAVA = "io.grpc..";
  private static final String CAFFEINE = "com.github.benmanes.caffeine..";
  private static final String FASTUTIL = "it.unimi.dsi.fastutil..";
  private static final String HIPPARCHUS = "org.hipparchus..";
  private static final String JACKSON = "tools.jackson..";
  private static final String JACKSON_ANNOTATIONS = "com.fasterxml.jackson.annotation";
  private static final String SLF4J = "org.slf4j";
  private static final String SNAKEYAML = "org.snakeyaml.engine..";

  /** What each room may use beside itself, the JDK and its nullness annotations; app, anything. */
  private static final Map<String, Set<String>> MAY_USE =
      Map.ofEntries(
          Map.entry(BLOCK, Set.of("com.dynatrace.hash4j..", FASTUTIL)),
          Map.entry(EVENT, Set.of()),
          Map.entry(INDEX, Set.of(BLOCK, EVENT, FASTUTIL)),
          Map.entry(
              INGEST,
              Set.of(BLOCK, EVENT, INDEX, MESSAGES, PROTOBUF, "io.nats..", FASTUTIL, SLF4J)),
          Map.entry(FLEET, Set.of(BLOCK, EVENT, INDEX, FASTUTIL)),
          Map.entry(ROUTE, Set.of(BLOCK, EVENT, INDEX, FLEET, CAFFEINE)),
          Map.entry(SETTINGS, Set.of(ROUTE, SNAKEYAML)),
          Map.entry(
              DISCOVERY,
              Set.of(
                  FLEET, EVENT, MESSAGES, PROTOBUF, "io.etcd.jetcd..", SNAKEYAML, JACKSON, SLF4J)),
          Map.entry(
              GRPC,
              Set.of(
                  ROUTE,
                  FLEET,
                  BLOCK,
                  EVENT,
                  INDEX,
                  INGEST,
                  MESSAGES,
                  PROTOBUF,
                  STATUS_DETAILS,
                  GRPC_JAVA,
                  FASTUTIL,
                  SLF4J)),
          Map.entry(
              ADMIN,
              Set.of(
                  ROUTE,
                  FLEET,
                  BLOCK,
                  EVENT,
                  INDEX,
                  INGEST,
                  "com.sun.net.httpserver..",
                  "io.micrometer..",
                  SLF4J)),
          Map.entry(
              REPLAY,
              Set.of(
                  ROUTE,
                  FLEET,
                  BLOCK,
                  EVENT,
                  INDEX,
                  FASTUTIL,
                  JACKSON,
                  JACKSON_ANNOTATIONS,
                  RIVALS)),
          Map.entry(RIVALS, Set.of(ROUTE, FLEET, EVENT, FASTUTIL)),
          Map.entry(REPLICAS, Set.of(FLEET, EVENT, FASTUTIL)),
          Map.entry(
              LOADS, Set.of(REPLICAS, FLEET, EVENT, INGEST, MESSAGES, PROTOBUF, FASTUTIL, SLF4J)),
          Map.entry(ENGINE, Set.of(REPLAY, FLEET, JACKSON, FASTUTIL)),
          Map.entry(LOAD, Set.of(REPLAY, ENGINE, FASTUTIL)),
          Map.entry(DEPLOY, Set.of(REPLAY, ENGINE, SETTINGS, ROUTE, FLEET)),
          Map.entry(
              SERVE,
              Set.of(REPLAY, RIVALS, ENGINE, LOAD, DEPLOY, ROUTE, FLEET, EVENT, INDEX, FASTUTIL)),
          Map.entry(REPORT, Set.of(REPLAY, ENGINE, DEPLOY, SERVE, ROUTE, FLEET, JACKSON)),
          Map.entry(STUDY, Set.of(REPLAY, REPORT, DEPLOY, ENGINE, FLEET, FASTUTIL, JACKSON)),
          Map.entry(
              CALIBRATE,
              Set.of(
                  REPLAY, STUDY, REPORT, SERVE, DEPLOY, LOAD, ENGINE, ROUTE, JACKSON, HIPPARCHUS)),
          Map.entry(
              WORKERSIM,
              Set.of(REPLAY, BLOCK, EVENT, INDEX, MESSAGES, PROTOBUF, GRPC_JAVA, FASTUTIL)));

  private static final Set<String> ADAPTERS = Set.of(GRPC, DISCOVERY, ADMIN, LOADS, WORKERSIM);

  /** Where traces come in. */
  private static final Set<String> FILE_READER =
      Set.of(
          TraceLines.class.getName(),
          TraceFormatException.class.getName(),
          TraceReader.class.getName(),
          WholeTrace.class.getName());

  private static final DescribedPredicate<JavaClass> PURE =
      resideInAnyPackage(BLOCK, EVENT, INDEX, FLEET, ROUTE, SETTINGS, REPLAY + "..", REPLICAS)
          .as("in a pure package");

  /**
   * Its one implementation answers over gRPC, of which the engine behind it must know nothing;
   * tests listen without.
   */
  private static final Set<String> INTERFACES_WITH_ONE_CLASS = Set.of(Generation.class.getName());

  @ArchTest
  static final ArchRule everyPackageIsARoom =
      classes()
          .should()
          .resideInAnyPackage(
              Stream.concat(MAY_USE.keySet().stream(), Stream.of(APP)).toArray(String[]::new));

  @ArchTest
  static final ArchRule eachRoomUsesOnlyWhatTheTableNames =
      CompositeArchRule.of(MAY_USE.keySet().stream().map(ArchitectureTest::room).toList());

  @ArchTest
  static final ArchRule adaptersDoNotKnowOneAnother =
      CompositeArchRule.of(ADAPTERS.stream().map(ArchitectureTest::knowsNoOtherAdapter).toList());

  @ArchTest
  static final ArchRule nobodyKnowsTheApp =
      noClasses()
          .that()
          .resideOutsideOfPackage(APP)
          .should()
          .dependOnClassesThat()
          .resideInAPackage(APP);

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices().matching("dev.warmpath.(*.*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule purePackagesDoNoInputOrOutput =
      noClasses()
          .that(PURE)
          .and(describe("are not the file reader", type -> !FILE_READER.contains(outermost(type))))
          .should()
          .dependOnClassesThat(
              resideInAnyPackage(
                  "java.io..",
                  "java.nio.file..",
                  "java.nio.channels..",
                  "java.net..",
                  "java.util.logging..",
                  "org.slf4j..",
                  PROTOBUF,
                  MESSAGES,
                  GRPC_JAVA,
                  "io.nats..",
                  "io.etcd.."));

  @ArchTest
  static final ArchRule purePackagesRunNoThreads =
      noClasses()
          .that(PURE)
          .should()
          .dependOnClassesThat(
              describe(
                  "run threads",
                  type ->
                      type.isAssignableTo(Thread.class)
                          || type.getName()
                              .matches(
                                  "java\\.util\\.Timer\\w*|java\\.util\\.concurrent\\."
                                      + "(\\w+Executor\\w*|Executor\\w+|ForkJoin\\w*|CompletableFuture)")));

  @ArchTest
  static final ArchRule purePackagesReadNoClock =
      noClasses()
          .that(PURE)
          .should()
          .dependOnClassesThat(
              resideInAPackage("java.time..")
                  .and(not(type(Duration.class)))
                  .as("tell the time (Duration does not)"))
          .orShould()
          .accessTargetWhere(describe("asks the system", ArchitectureTest::asksTheSystem));

  @ArchTest
  static final ArchRule purePackagesTakeChanceFromASeed =
      noClasses()
          .that(PURE)
          .should()
          .accessTargetWhere(describe("needs no seed", ArchitectureTest::needsNoSeed));

  @ArchTest
  static final ArchRule noNameIsEmpty =
      noClasses().should().haveNameMatching(".*(Manager|Helper|Impl|Utils?)\\d*");

  @ArchTest
  static final ArchRule noInterfaceHasASingleImplementation =
      classes()
          .that(INTERFACES)
          .and()
          .doNotHaveSimpleName("package-info")
          .and(
              describe(
                  "are no exception", type -> !INTERFACES_WITH_ONE_CLASS.contains(type.getName())))
          .should(haveTwoImplementationsOrBeForLambdas());

  /** Leaves out test classes, in folders and in the indexer's test-jar. */
  static final class WithoutTests implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return !location.contains("/test-classes/") && !location.contains("-tests.jar");
    }
  }

  private static ArchRule room(String room) {
    List<String> allowed = new ArrayList<>(MAY_USE.getOrDefault(room, Set.of()));
    allowed.addAll(List.of(room, "java..", "org.jspecify.annotations"));
    return classes()
        .that()
        .resideInAPackage(room)
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(allowed.toArray(String[]::new));
  }

  private static ArchRule knowsNoOtherAdapter(String adapter) {
    return noClasses()
        .that()
        .resideInAPackage(adapter)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            ADAPTERS.stream().filter(other -> !other.equals(adapter)).toArray(String[]::new));
  }

  private static String outermost(JavaClass type) {
    return type.getEnclosingClass().map(ArchitectureTest::outermost).orElse(type.getName());
  }

  private static boolean asksTheSystem(JavaAccess<?> access) {
    JavaClass owner = access.getTargetOwner();
    return owner.isEquivalentTo(Runtime.class)
        || (owner.isEquivalentTo(System.class)
            && !access.getTarget().getName().equals("arraycopy"));
  }

  private static boolean needsNoSeed(JavaAccess<?> access) {
    JavaClass owner = access.getTargetOwner();
    if (!(access.getTarget() instanceof CodeUnitAccessTarget target)) {
      return false;
    }
    int parameters = target.getRawParameterTypes().size();
    if (target.getName().equals(JavaConstructor.CONSTRUCTOR_NAME)) {
      boolean seedable =
          owner.isAssignableTo(Random.class) || owner.isEquivalentTo(SplittableRandom.class);
      return seedable && parameters == 0;
    }
    if (owner.isEquivalentTo(Collections.class) && target.getName().equals("shuffle")) {
      return parameters == 1;
    }
    return Set.of(
            "java.lang.Math.random",
            "java.util.UUID.randomUUID",
            "java.util.concurrent.ThreadLocalRandom.current",
            "java.util.random.RandomGenerator.getDefault",
            "java.util.random.RandomGenerator.of")
        .contains(owner.getName() + "." + target.getName());
  }

  private static ArchCondition<JavaClass> haveTwoImplementationsOrBeForLambdas() {
    return new ArchCondition<>("have several implementations or be for lambdas") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        long classes = type.getAllSubclasses().stream().filter(not(INTERFACES)).count();
        long methods =
            type.getMethods().stream()
                .filter(method -> method.getModifiers().contains(ABSTRACT))
                .count();
        boolean satisfied = classes > 1 || (classes == 0 && methods == 1);
        events.add(
            new SimpleConditionEvent(
                type,
                satisfied,
                "%s has %d implementing classes and %d methods"
                    .formatted(type.getName(), classes, methods)));
      }
    };
  }
}
