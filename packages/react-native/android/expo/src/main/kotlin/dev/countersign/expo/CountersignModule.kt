package dev.countersign.expo

import com.facebook.react.bridge.ReactContext
import dev.countersign.bridge.Bridge
import expo.modules.kotlin.Promise
import expo.modules.kotlin.modules.Module
import expo.modules.kotlin.modules.ModuleDefinition

/** The bridge of the agent as the Expo module `Countersign`. */
class CountersignModule : Module() {
    private val bridge by lazy { Bridge(requireNotNull(appContext.reactContext) { "the app is not running" }) }

    override fun definition() = ModuleDefinition {
        Name("Countersign")

        // The script that React Native loaded: an update's, where there is one.
        Function("identity") { bridge.identity((appContext.reactContext as? ReactContext)?.getSourceURL()) }
        Function("randomBytes") { length: Int -> bridge.randomBytes(length) }
        Function("continuousMs") { bridge.continuousMs() }

        for (name in bridge.calls) {
            // Nothing is handed to a call that takes nothing.
            AsyncFunction(name) { of: Map<String, Any?>?, promise: Promise -> bridge.call(name, of.orEmpty(), promise::resolve) }
        }

        // React Native may make the module again in the same process.
        OnDestroy { bridge.close() }
    }
}
