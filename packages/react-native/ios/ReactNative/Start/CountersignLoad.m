#import <React/RCTHTTPRequestHandler.h>

#import "CountersignSwift.h"

/// Runs before `main`, so that no session of React Native's networking can be made before its configuration is held to the manifest, whatever the app's delegate does.
@interface CountersignLoad : NSObject
@end

@implementation CountersignLoad

+ (void)load
{
  [CountersignStart begin];
  RCTSetCustomNSURLSessionConfigurationProvider(^NSURLSessionConfiguration * {
    return [CountersignStart networkConfiguration];
  });
}

@end
