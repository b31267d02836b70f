package dev.grapevine.agent;

import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** How a command that went wrong tells its user: one line on standard error, and never a stack trace unasked. */
final class ErrorReport implements IParameterExceptionHandler, IExecutionExceptionHandler {
    /** Set to anything in the environment, it adds the stack trace of a command that failed. */
    static final String TRACE_VARIABLE = "GRAPEVINE_TRACE";

    @Override
    public int handleParseException(ParameterException wrong, String[] args) {
        CommandLine command = wrong.getCommandLine();
        PrintWriter err = command.getErr();
        String name = command.getCommandSpec().qualifiedName();
        err.println(name + ": " + oneLine(wrong) + " (see '" + name + " --help')");
        err.flush();
        return ExitCode.WRONG_USAGE;
    }

    @Override
    public int handleExecutionException(Exception failure, CommandLine command, ParseResult parsed) {
        PrintWriter err = command.getErr();
        err.println(command.getCommandSpec().qualifiedName() + ": " + oneLine(failure));
        if (System.getenv(TRACE_VARIABLE) != null) failure.printStackTrace(err);
        err.flush();
        return ExitCode.FAILED;
    }

    private static String oneLine(Exception failure) {
        String message = failure.getMessage();
        String said = message == null || message.isBlank() ? failure.getClass().getSimpleName() : message;
        return said.strip().replaceAll("\\R+\\s*", "; ");
    }
}
