package dev.countersign.bridge

import android.content.Context
import android.content.pm.ApplicationInfo
import android.content.pm.PackageManager
import dev.countersign.agent.protocol.Configuration

private fun applicationOf(context: Context): ApplicationInfo =
    context.packageManager.getApplicationInfo(context.packageName, PackageManager.GET_META_DATA)

/** The configuration string that the build put into the app's manifest. */
internal fun configurationTextOf(context: Context): String =
    requireNotNull(applicationOf(context).metaData?.getString("dev.countersign.CONFIGURATION")) { "the manifest has no dev.countersign.CONFIGURATION" }

/** The same, read. */
internal fun configurationOf(context: Context): Configuration =
    takenConfiguration(configurationTextOf(context), (applicationOf(context).flags and ApplicationInfo.FLAG_DEBUGGABLE) != 0)

/** A development project takes test devices: a build that users get must not ask it. Throws IllegalArgumentException. */
internal fun takenConfiguration(text: String, isDebuggable: Boolean): Configuration {
    val configuration = Configuration.parse(text)
    require(!configuration.isDevelopment || isDebuggable) {
        "a build that is not debuggable takes the configuration string of the production project"
    }
    return configuration
}
