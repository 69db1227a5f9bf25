package dev.countersign.agent.device

import android.content.Context
import android.os.Build

/** What the installed package says of itself; claims, never facts. */
class AppIdentity(val version: String, val build: String)

fun appIdentity(context: Context): AppIdentity {
    val info = context.packageManager.getPackageInfo(context.packageName, 0)
    @Suppress("DEPRECATION")
    val build = if (Build.VERSION.SDK_INT >= 28) info.longVersionCode else info.versionCode.toLong()
    return AppIdentity(info.versionName ?: "0", build.toString())
}
