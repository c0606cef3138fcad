return await Netflux.Host.Cli.NetfluxCommand.RunAsync(args).ConfigureAwait(false);
