package io.ssebridge;

import org.junit.platform.suite.api.ConfigurationParameter;
import org.junit.platform.suite.api.SelectClasses;
import org.junit.platform.suite.api.Suite;

/**
 * Tests that wait most of their time, for time-outs and for nodes that start: three of them at once. Each
 * runs alone if it is named: {@code mvn verify -Dit.test=FreezeIT}. The build leaves them out elsewhere; pom.xml names them too.
 */
@Suite
@SelectClasses(
        names = {
            "io.ssebridge.fault.FreezeIT",
            "io.ssebridge.fault.SplitIT",
            "io.ssebridge.fault.ProxyIT",
            "io.ssebridge.NodeFailureIT",
            "io.ssebridge.AddressIT",
            "io.ssebridge.KeyRotationIT",
            "io.ssebridge.GreetingIT",
            "io.ssebridge.JoinFailureIT",
            "io.ssebridge.ReloadIT",
            "io.ssebridge.cluster.BusTlsIT",
            "io.ssebridge.StartFailureIT",
            "io.ssebridge.http.OldIdIT"
        })
@ConfigurationParameter(key = "junit.jupiter.execution.parallel.enabled", value = "true")
@ConfigurationParameter(key = "junit.jupiter.execution.parallel.mode.classes.default", value = "concurrent")
@ConfigurationParameter(key = "junit.jupiter.execution.parallel.config.strategy", value = "fixed")
@ConfigurationParameter(key = "junit.jupiter.execution.parallel.config.fixed.parallelism", value = "3")
class WaitingIT {}
