@NullMarked
package dev.warmpath.router.replicas;

import org.jspecify.annotations.NullMarked;
