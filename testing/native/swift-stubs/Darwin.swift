// C's library is Glibc here; what follows is in Darwin's alone, by sys/sysctl.h, sys/proc.h and time.h.
@_exported import Glibc

public let CTL_KERN: Int32 = 1
public let KERN_PROC: Int32 = 14
public let KERN_PROC_PID: Int32 = 1
public let P_TRACED: Int32 = 0x800

public struct extern_proc {
  public var p_flag: Int32 = 0
}

public struct kinfo_proc {
  public var kp_proc = extern_proc()
  public init() {}
}

public func sysctl(
  _ name: UnsafeMutablePointer<Int32>!, _ namelen: UInt32, _ oldp: UnsafeMutableRawPointer!, _ oldlenp: UnsafeMutablePointer<Int>!,
  _ newp: UnsafeMutableRawPointer!, _ newlen: Int
) -> Int32 { fatalError("sysctl is Darwin's alone") }

public func clock_gettime_nsec_np(_ clock_id: clockid_t) -> UInt64 {
  var now = timespec()
  clock_gettime(clock_id, &now)
  return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
}
