#import <CountersignSpec/CountersignSpec.h>
#import <React/RCTBundleManager.h>
#import <React/RCTInvalidating.h>

#import "CountersignSwift.h"

/// The TurboModule `Countersign` of an app without Expo's modules. React Native finds it by its name, so that codegen needs no provider of it: in an app that has Expo's
/// modules this file is not compiled, and a provider would name a class that is not there.
@interface CountersignTurboModule : NSObject <NativeCountersignSpec, RCTInvalidating>
@end

@implementation CountersignTurboModule {
  CountersignCalls *_calls;
}

@synthesize bundleManager = _bundleManager;

RCT_EXPORT_MODULE(Countersign)

+ (BOOL)requiresMainQueueSetup
{
  return NO;
}

- (instancetype)init
{
  if (self = [super init]) {
    _calls = [CountersignCalls new];
  }
  return self;
}

// Exchanges and sockets end with the JavaScript that asked for them.
- (void)invalidate
{
  [_calls close];
}

// A fault is an answer: a rejection would lose its code on the way.
- (void)call:(NSString *)name
          of:(NSString *)of
     resolve:(RCTPromiseResolveBlock)resolve
      reject:(RCTPromiseRejectBlock)reject
{
  [_calls call:name
            of:of
        answer:^(NSString *answer) {
          resolve(answer);
        }];
}

- (NSString *)identity
{
  return [_calls identity:self.bundleManager.bundleURL];
}

- (NSString *)randomBytes:(double)length
{
  return [_calls randomBytes:length];
}

- (NSNumber *)continuousMs
{
  return @([_calls continuousMs]);
}

- (std::shared_ptr<facebook::react::TurboModule>)getTurboModule:
    (const facebook::react::ObjCTurboModule::InitParams &)params
{
  return std::make_shared<facebook::react::NativeCountersignSpecJSI>(params);
}

@end
