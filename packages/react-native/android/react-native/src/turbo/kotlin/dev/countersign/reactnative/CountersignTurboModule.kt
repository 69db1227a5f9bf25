package dev.countersign.reactnative

import com.facebook.react.bridge.Promise
import com.facebook.react.bridge.ReactApplicationContext
import dev.countersign.bridge.Bridge
import dev.countersign.bridge.writeJson

/** The bridge of the agent as the TurboModule `Countersign`, for apps without Expo's modules. React Native's codegen makes what it extends of spec/NativeCountersign.ts. */
class CountersignTurboModule(context: ReactApplicationContext) : NativeCountersignSpec(context) {
    private val bridge = Bridge(context)

    override fun call(name: String, of: String, promise: Promise) = bridge.callText(name, of) { promise.resolve(it) }

    override fun identity(): String = writeJson(bridge.identity(reactApplicationContext.sourceURL))

    /** Throws IllegalArgumentException for what is no whole number of 1 to 1024. */
    override fun randomBytes(length: Double): String {
        require(length == Math.floor(length)) { "a length is a whole number" }
        return bridge.randomBytes(length.toInt())
    }

    override fun continuousMs(): Double = bridge.continuousMs()

    override fun invalidate() = bridge.close()
}
