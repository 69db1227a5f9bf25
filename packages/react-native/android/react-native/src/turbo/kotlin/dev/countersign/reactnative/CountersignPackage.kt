package dev.countersign.reactnative

import com.facebook.react.BaseReactPackage
import com.facebook.react.bridge.NativeModule
import com.facebook.react.bridge.ReactApplicationContext
import com.facebook.react.module.model.ReactModuleInfo
import com.facebook.react.module.model.ReactModuleInfoProvider

/** What React Native's autolinking finds. */
class CountersignPackage : BaseReactPackage() {
    override fun getModule(name: String, reactContext: ReactApplicationContext): NativeModule? =
        if (name == NativeCountersignSpec.NAME) CountersignTurboModule(reactContext) else null

    override fun getReactModuleInfoProvider() = ReactModuleInfoProvider {
        val name = NativeCountersignSpec.NAME
        val info = ReactModuleInfo(
            name, CountersignTurboModule::class.java.name,
            canOverrideExistingModule = false, needsEagerInit = false, isCxxModule = false, isTurboModule = true,
        )
        mapOf(name to info)
    }
}
